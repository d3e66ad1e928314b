import { targetedDropoutTransform } from '@winnow/baselines';
import {
  type SequenceModelOptions,
  sequenceLoss,
  sinusoidalPositions,
  Transformer,
  TransformerEncoder,
  TransformerLanguageModel,
  transformerSizes,
} from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { distance } from './golden.js';

const shape = { vocabularySize: 19, width: 8, innerWidth: 16, heads: 2, encoderLayers: 2, decoderLayers: 2, seed: 1 };
const source = tf.tensor2d([4, 7, 12, 9, 5, 0], [2, 3], 'int32');
const target = tf.tensor2d([1, 6, 3, 1, 8, 0], [2, 3], 'int32');
const labels = tf.tensor2d([6, 3, 2, 8, 2, 0], [2, 3], 'int32');

function withModel<T>(options: Partial<SequenceModelOptions>, use: (model: Transformer) => T): T {
  const model = new Transformer({ ...shape, ...options });
  try {
    return tf.tidy(() => use(model) as tf.TensorContainer) as T;
  } finally {
    model.dispose();
  }
}

describe('parameter counts', () => {
  const count = (options: SequenceModelOptions) => {
    const model = new Transformer(options);
    model.dispose();
    return model.parameterCount;
  };

  it("equal PyTorch's nn.Transformer and the paper's base model", () => {
    // nn.Transformer(512, 8, 6, 6, 2048) has 44,140,544 parameters, including two final norms that the paper's
    // post-norm form lacks.
    const vocabularySize = 100;
    const base = { ...transformerSizes.base, vocabularySize };
    const embedding = vocabularySize * 512;
    expect(count({ ...base, norm: 'pre' }) - embedding).toBe(44_140_544);
    expect(count(base) - embedding).toBe(44_140_544 - 4 * 512);
    const small = { ...base, width: 64, innerWidth: 8 };
    expect(count({ ...small, sharedEmbeddings: false }) - count(small)).toBe(2 * vocabularySize * 64);
  });

  it('of the small model follow its formula', () => {
    const attention = 4 * (256 * 256 + 256);
    const network = 2 * 256 * 1024 + 1024 + 256;
    const layers = 4 * (attention + network + 2 * 512) + 4 * (2 * attention + network + 3 * 512);
    expect(count({ ...transformerSizes.small, vocabularySize: 10 })).toBe(layers + 10 * 256);
  });
});

describe('a Transformer', () => {
  it('has the same weights for the same seed, and others for another', () => {
    const weights = (seed: number) =>
      withModel({ seed }, (model) => [...model.variables].map(([path, v]) => [path, [...v.dataSync()]] as const));
    expect(weights(3)).toEqual(weights(3));
    const kernel = (seed: number) => new Map(weights(seed)).get('encoder/layer1/attention/query/kernel')!;
    expect(kernel(3)).not.toEqual(kernel(4));
    expect(Math.max(...kernel(3).map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / 16));
  });

  it('starts with embeddings of standard deviation 1/√d', () => {
    withModel({ vocabularySize: 500, width: 64 }, (model) => {
      const { mean, variance } = tf.moments(model.variables.get('embedding')!);
      expect(mean.dataSync()[0]).toBeCloseTo(0, 2);
      expect(Math.sqrt(variance.dataSync()[0]!) * 8).toBeCloseTo(1, 1);
    });
  });

  it('attends to no later target token and no padding', () => {
    withModel({}, (model) => {
      const logits = model.apply(source, target);
      const laterChanged = tf.tensor2d([1, 6, 17, 1, 8, 11], [2, 3], 'int32');
      const changed = model.apply(source, laterChanged);
      const before = (x: tf.Tensor) => tf.slice(x, [0, 0, 0], [2, 2, 19]);
      expect(distance(before(logits), before(changed))).toBe(0);
      expect(distance(logits, changed)).toBeGreaterThan(1e-3);
      const morePadding = tf.concat([source, tf.zeros([2, 2], 'int32')], 1);
      expect(distance(logits, model.apply(morePadding, target))).toBeLessThan(1e-5);
    });
  });

  it('drops the same elements for the same seed and step, and none outside training', () => {
    const at = (seed: number, step: number) =>
      withModel({ dropout: 0.3, seed: 2 }, (model) => {
        (model as { seed: number }).seed = seed;
        return [...model.apply(source, target, { training: true, step }).dataSync()];
      });
    expect(at(2, 5)).toEqual(at(2, 5));
    expect(at(2, 5)).not.toEqual(at(2, 6));
    expect(at(2, 5)).not.toEqual(at(3, 5));
    withModel({ dropout: 0.3 }, (model) => {
      expect(distance(model.apply(source, target), model.apply(source, target, { step: 9 }))).toBe(0);
    });
  });

  it('gives the transform every attention and feed-forward kernel, and nothing else', () => {
    const seen: string[] = [];
    const spy: WeightTransform = {
      name: 'spy',
      apply: (kernel, { path }) => {
        seen.push(path);
        return kernel;
      },
      getConfig: () => ({}),
    };
    withModel({ transform: spy }, (model) => {
      model.apply(source, target, { training: true, step: 0 });
      const expected = [...model.variables.keys()].filter((path) => path.endsWith('/kernel'));
      expect(seen).toEqual(expected);
      // 4 maps of each attention and 2 of each network: (4 + 2) · 2 + (8 + 2) · 2.
      expect(expected).toHaveLength(32);
    });
    seen.length = 0;
    withModel({ transform: spy, include: ['decoder/**'], exclude: ['**/feed_forward/*'] }, (model) => {
      model.apply(source, target);
      expect(seen).toHaveLength(16);
      expect(seen.every((path) => path.startsWith('decoder/') && !path.includes('feed_forward'))).toBe(true);
    });
  });

  it('trains with one call for all kernels exactly as with one call per kernel', () => {
    const transform = () => targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5, seed: 3 });
    const { prepare: _, ...apart } = transform();
    const gradients = (one: WeightTransform) =>
      withModel({ transform: one, dropout: 0 }, (model) => {
        const { grads } = tf.variableGrads(
          () => sequenceLoss(model.apply(source, target, { training: true, step: 4 }), labels),
          [...model.trainable],
        );
        return [...model.variables].map(([path, { name }]) => [path, [...grads[name]!.dataSync()]] as const);
      });
    const together = gradients(transform());
    expect(together).toEqual(gradients(apart));
    const inner = new Map(together).get('encoder/layer1/feed_forward/inner/kernel')!;
    expect(inner.filter((g) => g === 0).length).toBeGreaterThan(inner.length / 8);
  });

  it('leaves no tensor behind', () => {
    const model = new Transformer({
      ...shape,
      transform: targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }),
    });
    const step = (n: number) => {
      const { value, grads } = tf.variableGrads(
        () => sequenceLoss(model.apply(source, target, { training: true, step: n }), labels, { labelSmoothing: 0.1 }),
        [...model.trainable],
      );
      tf.dispose([value, grads]);
    };
    step(0);
    const before = tf.memory().numTensors;
    for (let n = 1; n < 5; n++) step(n);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it.each([
    [{ width: 9 }, 'Transformer: width must be even, got 9'],
    [{ heads: 3 }, 'Transformer: heads must divide width 8, got 3'],
    [{ dropout: 1 }, 'Transformer: dropout must be in [0, 1), got 1'],
    [{ vocabularySize: 0 }, 'Transformer: vocabularySize must be an integer ≥ 1, got 0'],
    [{ norm: 'middle' as 'pre' }, "Transformer: norm must be one of 'pre', 'post', got 'middle'"],
    [{ padding: 19 }, 'Transformer: padding must be in [0, 18], got 19'],
    [{ seed: -1 }, 'Transformer: seed must be an integer in [0, 2⁵³), got -1'],
    [{ include: ['no/such'] }, "Transformer: include pattern 'no/such' matches no kernel"],
  ])('refuses %o', (options, message) => {
    const before = tf.memory().numTensors;
    expect(() => new Transformer({ ...shape, ...options })).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses tokens of another type, shape or length', () => {
    withModel({ maximumLength: 4 }, (model) => {
      const message = (source: tf.Tensor, target: tf.Tensor) => {
        try {
          model.apply(source, target);
        } catch (error) {
          return (error as Error).message;
        }
        return undefined;
      };
      expect(message(tf.cast(source, 'float32'), target)).toBe('Transformer: source must be int32, got float32');
      expect(message(source, tf.reshape(target, [6]))).toBe('Transformer: target must be [batch, length], got [6]');
      expect(message(tf.ones([2, 5], 'int32'), target)).toBe("Transformer: source's length must be in [1, 4], got 5");
      expect(message(tf.ones([3, 3], 'int32'), target)).toContain('must have the same batch size, got 3 and 2');
    });
  });
});

describe('the other forms', () => {
  it('are the encoder and the decoder alone', () => {
    const { encoderLayers, decoderLayers, ...rest } = shape;
    const encoder = new TransformerEncoder({ ...rest, encoderLayers });
    const language = new TransformerLanguageModel({ ...rest, decoderLayers });
    expect(encoder.apply(source).shape).toEqual([2, 3, 8]);
    expect(language.apply(target).shape).toEqual([2, 3, 19]);
    expect([...language.variables.keys()].some((path) => path.includes('cross'))).toBe(false);
    encoder.dispose();
    language.dispose();
  });

  it('refuse what they have no use for, by name', () => {
    const { encoderLayers, decoderLayers, ...rest } = shape;
    const before = tf.memory().numTensors;
    const encoder = (options: object) => () => new TransformerEncoder({ ...rest, encoderLayers, ...options });
    const language = (options: object) => () => new TransformerLanguageModel({ ...rest, decoderLayers, ...options });
    expect(encoder({ decoderLayers: 2 })).toThrow(
      new RangeError('TransformerEncoder: decoderLayers must be 0 or absent, since it has no decoder, got 2'),
    );
    expect(encoder({ sharedEmbeddings: false })).toThrow(
      'TransformerEncoder: sharedEmbeddings must be true or absent, since it has one embedding, got false',
    );
    expect(language({ encoderLayers: 2 })).toThrow(
      'TransformerLanguageModel: encoderLayers must be 0 or absent, since it has no encoder, got 2',
    );
    for (const make of [encoder, language, (options: object) => () => new Transformer({ ...shape, ...options })]) {
      expect(make({ custom: { Own: ['kernel'] } })).toThrow("options has no 'custom'");
    }
    expect(() => new TransformerEncoder(null as never)).toThrow(
      'TransformerEncoder: options must be an object, got null',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuse misspelt options of a pass', () => {
    withModel({}, (model) => {
      const options = { trainig: true } as object;
      expect(() => model.apply(source, target, options)).toThrow(
        "Transformer: options has no 'trainig'; did you mean 'training'?",
      );
    });
  });
});

it("positions are the paper's", () => {
  const positions = sinusoidalPositions(3, 4);
  expect([...positions.slice(0, 4)]).toEqual([0, 1, 0, 1]);
  expect(positions[8]).toBeCloseTo(Math.sin(2), 6);
  expect(positions[9]).toBeCloseTo(Math.cos(2), 6);
  expect(positions[10]).toBeCloseTo(Math.sin(2 / 100), 6);
});
