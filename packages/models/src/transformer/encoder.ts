import * as tf from '@tensorflow/tfjs';
import { checkUnused } from './checks.js';
import { makeEncoder, runEncoder } from './encoder-stack.js';
import { type ApplyOptions, SequenceModel, type SequenceModelOptions } from './sequence-model.js';

/**
 * The encoder alone: one state per token, each of which attends to all tokens.
 *
 * @throws TypeError or RangeError if an option is out of range, or there is no use for it: `decoderLayers`,
 *   `sharedEmbeddings`
 */
export class TransformerEncoder extends SequenceModel {
  readonly form = 'encoder';

  constructor(options: Omit<SequenceModelOptions, 'decoderLayers' | 'sharedEmbeddings'>) {
    const op = 'TransformerEncoder';
    const { decoderLayers, sharedEmbeddings } = (options ?? {}) as Partial<SequenceModelOptions>;
    checkUnused(op, 'decoderLayers', decoderLayers, 0, 'it has no decoder');
    checkUnused(op, 'sharedEmbeddings', sharedEmbeddings, true, 'it has one embedding');
    super(op, options && { ...options, decoderLayers: 0 }, (parameters, config) => {
      parameters.normal('embedding', [config.vocabularySize, config.width], config.width ** -0.5);
      makeEncoder(parameters, config);
    });
  }

  /**
   * Maps tokens to states.
   *
   * @param tokens int32 `[b, t]`, padded
   * @returns float32 `[b, t, width]`
   */
  apply(tokens: tf.Tensor, options: ApplyOptions = {}): tf.Tensor {
    this.checkTokens('tokens', tokens);
    return tf.tidy(() => {
      const pass = this.pass(options);
      const embedded = this.embed(pass, 'embedding', tokens, 'encoder/embedding');
      return runEncoder(pass, embedded, this.isToken(tokens), this.config);
    });
  }
}
