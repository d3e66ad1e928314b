import * as tf from '@tensorflow/tfjs';
import { makeDecoder, runDecoder } from './decoder-stack.js';
import { type ApplyOptions, logitsOf, SequenceModel, type SequenceModelOptions } from './sequence-model.js';

/** A language model: the decoder alone, without attention to a source. `encoderLayers` is not used. */
export class TransformerLanguageModel extends SequenceModel {
  readonly form = 'language-model';

  constructor(options: Omit<SequenceModelOptions, 'encoderLayers'>) {
    super('TransformerLanguageModel', { ...options, encoderLayers: 0 }, (parameters, config) => {
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
