import type { SubwordTokenizer, TextPairSplit } from '@winnow/data';
import type { Transformer } from '@winnow/models';
import { startProgress } from '@winnow/system/progress';
import { corpusBleu } from '@winnow/training';
import type { TranslationResult } from '../results/translation-result.js';
import type { TranslationSettings } from './settings.js';
import { translate } from './translate.js';

/** Translates a test set by beam search and greedily, and computes BLEU of both. */
export async function measureBleu(
  model: Transformer,
  tokenizer: SubwordTokenizer,
  test: TextPairSplit,
  { beam, lengthPenalty, lowerCase }: TranslationSettings,
  signal: AbortSignal,
): Promise<{ bleu: TranslationResult['bleu']; translations: string[] }> {
  const decoded = async (hypotheses: number) => {
    const progress = startProgress({ title: `Translating with beam ${hypotheses}`, total: test.count, unit: 'lines' });
    const onProgress = (done: number) => progress.update(done);
    try {
      return await translate(model, tokenizer, test.source, { beam: hypotheses, lengthPenalty, signal, onProgress });
    } finally {
      progress.stop();
    }
  };
  const bleuOf = (lines: readonly string[]) => corpusBleu(lines, [test.target], { lowerCase });
  const translations = await decoded(beam);
  return { bleu: { beam: bleuOf(translations), greedy: bleuOf(await decoded(1)) }, translations };
}
