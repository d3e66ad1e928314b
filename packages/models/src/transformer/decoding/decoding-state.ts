import * as tf from '@tensorflow/tfjs';
import type { CrossMemory, DecoderCache } from '../decoder-stack.js';
import type { Transformer } from '../transformer.js';

/**
 * The decoder's state for a batch of sequences that grow token by token, one row per sequence. Rows can be dropped,
 * repeated and reordered, as beam search needs.
 */
export class DecodingState {
  private memory: CrossMemory;
  private cache: DecoderCache | undefined;
  private position = 0;
  /** For every row, the index of its source in `memory`. */
  private sources: number[];

  /** @param source int32 `[b, s]`; the state starts with one row per source */
  constructor(
    private readonly model: Transformer,
    source: tf.Tensor,
    private readonly usesCache: boolean,
  ) {
    this.memory = model.encode(source);
    this.sources = Array.from({ length: source.shape[0] as number }, (_, i) => i);
  }

  /**
   * Logits `[rows, vocabulary]` for the next token. The caller disposes them.
   *
   * @param tokens all tokens of each row so far, from the start token on
   */
  next(tokens: readonly (readonly number[])[]): tf.Tensor2D {
    const length = (tokens[0] as readonly number[]).length;
    const fresh = this.usesCache ? tokens.map((row) => row.slice(this.position)) : tokens;
    return tf.tidy(() => {
      const input = tf.tensor2d(fresh.flat(), [fresh.length, fresh[0]!.length], 'int32');
      const { logits, cache } = this.model.next(input, this.memory, this.cache, this.usesCache ? this.position : 0);
      if (this.usesCache) {
        if (this.cache) disposeMemories(this.cache);
        this.cache = cache.map(({ key, value }) => ({ key: tf.keep(key), value: tf.keep(value) }));
        this.position = length;
      }
      return logits as tf.Tensor2D;
    });
  }

  /** Replaces row i by the previous row `rows[i]`, for every i. */
  select(rows: readonly number[]): void {
    if (rows.length === this.sources.length && rows.every((row, i) => row === i)) return;
    const sources = rows.map((row) => this.sources[row] as number);
    const index = tf.tensor1d([...rows], 'int32');
    const taken = <T extends tf.Tensor>(x: T): T => {
      const result = tf.gather(x, index) as T;
      x.dispose();
      return result;
    };
    const takeAll = (memories: DecoderCache) =>
      memories.map(({ key, value }) => ({ key: taken(key), value: taken(value) }));
    if (this.cache) this.cache = takeAll(this.cache);
    // Rows of the same source attend to the same memory, so only their tokens need reordering.
    if (sources.length !== this.sources.length || sources.some((source, i) => source !== this.sources[i])) {
      this.memory = { layers: takeAll(this.memory.layers), keyMask: taken(this.memory.keyMask) };
    }
    this.sources = sources;
    index.dispose();
  }

  dispose(): void {
    disposeMemories(this.memory.layers);
    this.memory.keyMask.dispose();
    if (this.cache) disposeMemories(this.cache);
  }
}

function disposeMemories(memories: DecoderCache): void {
  for (const { key, value } of memories) {
    key.dispose();
    value.dispose();
  }
}
