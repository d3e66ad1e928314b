import { encodePairs, pairBatchesInOrder, SPECIAL_TOKENS, type SubwordTokenizer } from '@winnow/data';
import { beamSearch, greedyDecode, type Transformer } from '@winnow/models';
import { checkKeys } from '@winnow/native/value-checks';
import { tf } from '@winnow/tensorflow';

/** How lines are translated. */
export interface TranslateOptions {
  /** Hypotheses of beam search; 1 is greedy decoding. */
  beam: number;
  /** α of the length penalty. */
  lengthPenalty: number;
  /** Lines decoded together. Default 50. */
  batchSize?: number;
  signal?: AbortSignal | undefined;
  /** Called after every batch with the number of lines done. */
  onProgress?: (done: number) => void;
}

/** Translates lines; those of like length together, so the order of the work is not that of the lines. */
export async function translate(
  model: Transformer,
  tokenizer: SubwordTokenizer,
  lines: readonly string[],
  options: TranslateOptions,
): Promise<string[]> {
  checkKeys('translate', 'options', options, ['beam', 'lengthPenalty', 'batchSize', 'signal', 'onProgress']);
  const { beam, lengthPenalty, batchSize = 50, signal, onProgress } = options;
  const { start, end } = SPECIAL_TOKENS;
  const order = lines.map((line, i) => ({ i, length: tokenizer.encode(line).length }));
  order.sort((a, b) => a.length - b.length || a.i - b.i);
  const sorted = order.map(({ i }) => lines[i] as string);
  const pairs = encodePairs({ source: sorted, target: sorted.map(() => ''), count: lines.length }, tokenizer);
  const translated = new Array<string>(lines.length);
  let done = 0;
  for (const batch of pairBatchesInOrder(pairs, batchSize, model.config.maximumLength)) {
    signal?.throwIfAborted();
    const source = tf.tensor2d(batch.source, [batch.size, batch.sourceLength], 'int32');
    try {
      const targets =
        beam === 1
          ? greedyDecode(model, source, { start, end })
          : beamSearch(model, source, { start, end, beam, lengthPenalty }).map(([best]) => best?.tokens ?? []);
      for (const tokens of targets) translated[order[done++]!.i] = tokenizer.decode(tokens);
    } finally {
      source.dispose();
    }
    onProgress?.(done);
    await new Promise(setImmediate);
  }
  return translated;
}
