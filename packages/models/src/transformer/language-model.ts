import * as tf from '@tensorflow/tfjs';
import { checkUnused } from './checks.js';
import { makeDecoder, runDecoder } from './decoder-stack.js';
import { type ApplyOptions, logitsOf, SequenceModel, type SequenceModelOptions } from './sequence-model.js';

/**
 * A language model: the decoder alone, without attention to a source.
 *
 * @throws TypeError or RangeError if an option is out of range, or there is no use for it: `encoderLayers`
 */
export class TransformerLanguageModel extends SequenceModel {
  readonly form = 'language-model';

  constructor(options: Omit<SequenceModelOptions, 'encoderLayers'>) {
    const op = 'TransformerLanguageModel';
    const { encoderLayers } = (options ?? {}) as Partial<SequenceModelOptions>;
    checkUnused(op, 'encoderLayers', encoderLayers, 0, 'it has no encoder');
    super(op, options && { ...options, encoderLayers: 0 }, (parameters, config) => {
      parameters.normal('embedding', [config.vocabularySize, config.width], config.width ** -0.5);
      if (!config.sharedEmbeddings) {
        parameters.normal('logits_embedding', [config.vocabularySize, config.width], config.width ** -0.5);
      }
      makeDecoder(parameters, config, false);
    });
  }

  /**
   * Logits for the token after each token.
   *
   * @param tokens int32 `[b, t]`; padding only at the end
   * @returns float32 `[b, t, vocabularySize]`
   */
  apply(tokens: tf.Tensor, options: ApplyOptions = {}): tf.Tensor {
    this.checkTokens('tokens', tokens);
    return tf.tidy(() => {
      const pass = this.pass(options);
      const embedded = this.embed(pass, 'embedding', tokens, 'decoder/embedding');
      const { states } = runDecoder(pass, embedded, undefined, this.config);
      return logitsOf(states, pass.value(this.config.sharedEmbeddings ? 'embedding' : 'logits_embedding'));
    });
  }
}
