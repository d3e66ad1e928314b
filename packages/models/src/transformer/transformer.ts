import * as tf from '@tensorflow/tfjs';
import { type CrossMemory, crossMemory, type DecoderCache, makeDecoder, runDecoder } from './decoder-stack.js';
import { makeEncoder, runEncoder } from './encoder-stack.js';
import { type ApplyOptions, logitsOf, SequenceModel, type SequenceModelOptions } from './sequence-model.js';

/**
 * The encoder-decoder Transformer: maps tokens to logits for the next target token. Embeddings are scaled by √d,
 * positions are sinusoidal, and the logits use the target's embedding matrix.
 *
 * @throws TypeError or RangeError if an option is out of range
 * @see Vaswani et al., "Attention Is All You Need", arXiv 1706.03762
 */
export class Transformer extends SequenceModel {
  readonly form = 'encoder-decoder';

  constructor(options: SequenceModelOptions) {
    super('Transformer', options, (parameters, config) => {
      const { vocabularySize, width, sharedEmbeddings } = config;
      const names = sharedEmbeddings ? ['embedding'] : ['source_embedding', 'target_embedding', 'logits_embedding'];
      for (const name of names) parameters.normal(name, [vocabularySize, width], width ** -0.5);
      makeEncoder(parameters, config);
      makeDecoder(parameters, config, true);
    });
  }

  /**
   * Logits for the token after each target token.
   *
   * @param source int32 `[b, s]`, padded
   * @param target int32 `[b, t]`, begins with the start token; position i attends to positions up to i
   * @returns float32 `[b, t, vocabularySize]`
   * @throws TypeError or RangeError for tokens of another type or shape, or sequences longer than `maximumLength`
   */
  apply(source: tf.Tensor, target: tf.Tensor, options: ApplyOptions = {}): tf.Tensor {
    this.checkTokens('source', source);
    this.checkTokens('target', target);
    if (source.shape[0] !== target.shape[0]) {
      throw new RangeError(
        `Transformer: source and target must have the same batch size, got ${source.shape[0]} and ${target.shape[0]}`,
      );
    }
    return tf.tidy(() => {
      const pass = this.pass(options);
      const keyMask = this.isToken(source);
      const embedded = this.embed(pass, this.embedding('source'), source, 'encoder/embedding');
      const cross = crossMemory(pass, runEncoder(pass, embedded, keyMask, this.config), keyMask, this.config);
      const tokens = this.embed(pass, this.embedding('target'), target, 'decoder/embedding');
      const { states } = runDecoder(pass, tokens, cross, this.config);
      return logitsOf(states, pass.value(this.embedding('logits')));
    });
  }

  /**
   * Prepares a source for decoding: computes the keys and values that every decoder layer attends to. The caller
   * disposes them.
   *
   * @param source int32 `[b, s]`
   */
  encode(source: tf.Tensor): CrossMemory {
    this.checkTokens('source', source);
    return tf.tidy(() => {
      const pass = this.pass({});
      const keyMask = this.isToken(source);
      const embedded = this.embed(pass, this.embedding('source'), source, 'encoder/embedding');
      return crossMemory(pass, runEncoder(pass, embedded, keyMask, this.config), keyMask, this.config);
    });
  }

  /**
   * Logits `[b, vocabularySize]` for the token after the last of `tokens`.
   *
   * @param tokens int32 `[b, t]`: all tokens so far; with a cache, only the one that it does not hold yet
   * @param position number of tokens in the cache
   * @returns the logits, and the cache including `tokens`; the caller disposes both
   */
  next(
    tokens: tf.Tensor,
    memory: CrossMemory,
    cache?: DecoderCache,
    position = 0,
  ): { logits: tf.Tensor; cache: DecoderCache } {
    this.checkTokens('target', tokens);
    return tf.tidy(() => {
      const pass = this.pass({});
      const embedded = this.embed(pass, this.embedding('target'), tokens, 'decoder/embedding', position);
      const { states, cache: grown } = runDecoder(pass, embedded, memory, this.config, cache);
      const [batch, length, width] = states.shape as [number, number, number];
      const last = tf.slice(states, [0, length - 1, 0], [batch, 1, width]);
      const logits = logitsOf(last, pass.value(this.embedding('logits')));
      return { logits: tf.squeeze(logits, [1]), cache: grown };
    });
  }

  private embedding(use: 'source' | 'target' | 'logits'): string {
    return this.config.sharedEmbeddings ? 'embedding' : `${use}_embedding`;
  }
}
