import {
  type SequenceModel,
  sequenceLoss,
  Transformer,
  TransformerEncoder,
  TransformerLanguageModel,
} from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distance, readGolden } from './golden.js';

const shape = { vocabularySize: 23, width: 16, innerWidth: 24, heads: 4, dropout: 0, seed: 5 };

const largest = (x: tf.Tensor) => tf.tidy(() => tf.max(tf.abs(x)).dataSync()[0] as number);

type Case = {
  file: string;
  model: () => SequenceModel;
  output: (model: SequenceModel, golden: ReadonlyMap<string, tf.Tensor>) => tf.Tensor;
};

const cases: Case[] = [
  ...(['post', 'pre'] as const).map((norm) => ({
    file: `encoder-decoder-${norm}-${norm === 'pre' ? 'gelu' : 'relu'}`,
    model: () =>
      new Transformer({
        ...shape,
        encoderLayers: 2,
        decoderLayers: 2,
        norm,
        activation: norm === 'pre' ? 'gelu' : 'relu',
      }),
    output: (model: SequenceModel, golden: ReadonlyMap<string, tf.Tensor>) =>
      (model as Transformer).apply(golden.get('source')!, golden.get('target')!, { training: true }),
  })),
  {
    file: 'encoder-pre-relu',
    model: () => new TransformerEncoder({ ...shape, encoderLayers: 2, norm: 'pre' }),
    output: (model, golden) => {
      const source = golden.get('source')!;
      const isToken = tf.cast(tf.notEqual(source, 0), 'float32');
      return tf.mul((model as TransformerEncoder).apply(source, { training: true }), tf.expandDims(isToken, -1));
    },
  },
  {
    file: 'language-model-post-gelu',
    model: () => new TransformerLanguageModel({ ...shape, decoderLayers: 2, activation: 'gelu' }),
    output: (model, golden) => (model as TransformerLanguageModel).apply(golden.get('target')!, { training: true }),
  },
];

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  describe.each(cases)("PyTorch's $file", ({ file, model: make, output }) => {
    let golden: Map<string, tf.Tensor>;
    let model: SequenceModel;
    beforeAll(() => {
      tf.setBackend(backend);
      golden = readGolden(file);
      model = make();
      for (const [path, variable] of model.variables) variable.assign(golden.get(`weights/${path}`) as tf.Tensor);
    });
    afterAll(() => model.dispose());

    it('has the same weights', () => {
      const names = [...golden.keys()].filter((name) => name.startsWith('weights/')).map((name) => name.slice(8));
      expect([...model.variables.keys()].sort()).toEqual(names.sort());
    });

    it('gives the same output, loss and gradients', () => {
      const { value, grads } = tf.variableGrads(() => {
        const result = output(model, golden);
        expect(distance(result, golden.get('output')!)).toBeLessThan(1e-4);
        if (file.startsWith('encoder-pre')) {
          return tf.sum(tf.square(tf.mul(result, tf.linspace(-1, 1, shape.width)))) as tf.Scalar;
        }
        return sequenceLoss(result, golden.get('labels')!, { labelSmoothing: 0.1 });
      }, [...model.trainable]);
      expect(distance(value, golden.get('loss')!.squeeze())).toBeLessThan(1e-4);
      for (const [path, variable] of model.variables) {
        const gradient = grads[variable.name] as tf.Tensor;
        const expected = golden.get(`gradients/${path}`) as tf.Tensor;
        expect(distance(gradient, expected), path).toBeLessThan(1e-4 * Math.max(1, largest(expected)));
      }
      tf.dispose([value, grads]);
    });
  });
});
