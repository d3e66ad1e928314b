/** Kernels that another layer computes with, beside the one that they belong to: right, or refused by name. */

import { l1Transform, unitDropoutTransform, variationalDropoutTransform } from '@winnow/baselines';
import { applyTransform, modelKernels, parameterCount } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { Holding, only } from './own-layers.js';

const { layers } = tf;
type HasKernel = tf.layers.Layer & { kernel: { read(): tf.Tensor; readonly val: tf.Tensor } };

/** Unit u of a kernel times u + 2. */
const scaling: WeightTransform = {
  name: 'scaling',
  apply: (kernel) => tf.mul(kernel, tf.range(2, 2 + kernel.shape.at(-1)!)),
  getConfig: () => ({}),
};
/** Methods that compute the layer of a kernel themselves. */
const computing = {
  'unit-dropout': () => unitDropoutTransform({ rate: 0.5, seed: 1 }),
  'variational-dropout': () => variationalDropoutTransform({ seed: 1 }),
};

/** Multiplies by the transposed kernel of a layer that it keeps in a private field. */
class Decoder extends tf.layers.Layer {
  static className = 'ElsewhereDecoder';
  readonly #source: HasKernel;
  captured: tf.Tensor | undefined;
  takes: 'read' | 'val' | 'weights' | 'captured' = 'read';
  constructor(source: tf.layers.Layer) {
    super({ name: 'decoder' });
    this.#source = source as HasKernel;
  }
  override build(shape: tf.Shape) {
    this.captured = this.#source.kernel.val;
    super.build(shape);
  }
  override computeOutputShape() {
    return [null, 5];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    const kernel = {
      read: () => this.#source.kernel.read(),
      val: () => this.#source.kernel.val,
      weights: () => this.#source.getWeights()[0],
      captured: () => this.captured,
    }[this.takes]();
    return tf.matMul(only(inputs) as tf.Tensor2D, kernel as tf.Tensor2D, false, true);
  }
}
/** Computes with the kernel of the layer that it holds, whose `call` it leaves out. */
class Borrower extends Holding {
  static override className = 'ElsewhereBorrower';
  captured: tf.Tensor | undefined;
  takes: 'read' | 'captured' = 'read';
  override build(shape: tf.Shape) {
    super.build(shape);
    this.captured = (this.held as HasKernel).kernel.val;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    const kernel = this.takes === 'read' ? (this.held as HasKernel).kernel.read() : this.captured;
    return tf.matMul(only(inputs) as tf.Tensor2D, kernel as tf.Tensor2D);
  }
}

const x = tf.randomNormal([3, 5], 0, 1, 'float32', 7);
const lossOf = (model: tf.LayersModel) => () =>
  tf.sum(tf.square(model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar;
const tied = (takes: Decoder['takes']) => {
  const encoder = layers.dense({ units: 4, name: 'encoder', inputShape: [5] });
  const decoder = new Decoder(encoder);
  decoder.takes = takes;
  return tf.sequential({ layers: [encoder, decoder] });
};

/** Evaluation and training are refused, leave no tensor behind, and work again once the method is removed. */
function expectRefused(model: tf.LayersModel, transform: WeightTransform, why: RegExp): void {
  const before = [...(model.predict(x) as tf.Tensor).dataSync()];
  const applied = applyTransform(model, transform, { include: ['**'] });
  expect(() => model.predict(x)).toThrow(why);
  // What tfjs saves for gradients stays behind after an error in any model, so only evaluation is counted.
  const tensors = tf.memory().numTensors;
  expect(() => model.predict(x)).toThrow(why);
  expect(tf.memory().numTensors).toBe(tensors);
  applied.step.set(0);
  expect(() => tf.variableGrads(lossOf(model))).toThrow(why);
  applied.remove();
  expect([...(model.predict(x) as tf.Tensor).dataSync()]).toEqual(before);
}

describe.each(Object.entries(computing))('%s, which computes layers itself', (name, make) => {
  it.each(['read', 'val', 'weights', 'captured'] as const)(
    'is refused if another layer takes a kernel, %s',
    (takes) => {
      const why = new RegExp(
        `applyTransform: method '${name}' computes the layer of 'encoder/kernel' itself, but 'decoder' computes with ` +
          `that kernel outside of it, where the method cannot act; leave it out with exclude: \\['encoder'\\]`,
      );
      expectRefused(tied(takes), make(), why);
    },
  );

  it.each(['read', 'captured'] as const)('is refused if the layer that holds one takes its kernel, %s', (takes) => {
    const borrower = new Borrower({ name: 'holds', units: 4 });
    borrower.takes = takes;
    const model = tf.sequential({ layers: [layers.reLU({ inputShape: [5] }), borrower] });
    expectRefused(model, make(), /computes the layer of 'holds\/held\/kernel' itself, but 'holds' computes with/);
  });

  it('is refused if two layers share a kernel', () => {
    expectRefused(sharing(), make(), /computes the layer of 'a\/kernel' itself, but 'b' computes with that kernel/);
  });

  it('trains the rest where that kernel is left out', () => {
    const model = tied('read');
    model.add(layers.dense({ units: 3, name: 'top' }));
    const applied = applyTransform(model, make(), { include: ['**'], exclude: ['encoder'] });
    expect(applied.kernels.map(({ path }) => path)).toEqual(['top/kernel']);
    applied.step.set(0);
    expect(() => tf.variableGrads(lossOf(model))).not.toThrow();
  });
});

describe('a layer that took the kernel of another one before', () => {
  it('is refused by a method that changes it, in training and evaluation', () => {
    expectRefused(
      tied('captured'),
      scaling,
      /'encoder\/kernel' is a kernel, but 'decoder' computed with what it took of that weight before it ran/,
    );
  });

  it('computes as ever under a method that changes no kernel', () => {
    const model = tied('captured');
    applyTransform(model, l1Transform({ lambda: 0.1 }), { include: ['**'] }).step.set(0);
    expect(() => model.predict(x)).not.toThrow();
    expect(() => tf.variableGrads(lossOf(model))).not.toThrow();
  });
});

/** Two dense layers with one kernel, as one ties weights of stock layers. */
function sharing() {
  const [a, b] = ['a', 'b'].map((name) => layers.dense({ units: 5, name })) as unknown as HasKernel[];
  const model = tf.sequential({ layers: [layers.reLU({ inputShape: [5] }), a!, b!] });
  b!.kernel = a!.kernel;
  b!.trainableWeights = [a!.kernel as never, ...b!.trainableWeights.slice(1)];
  return model;
}

describe('a kernel that two layers share', () => {
  it('is one kernel, which both compute with under a method, and one in counts', () => {
    const model = sharing();
    expect(modelKernels(model).map(({ path, hosts }) => [path, hosts.map((host) => host.path)])).toEqual([
      ['a/kernel', ['a', 'b']],
    ]);
    expect(parameterCount(model)).toBe(5 * 5 + 5 + 5);
    const run = (training: boolean) => [...(model.apply(x, { training }) as tf.Tensor).dataSync()];
    const before = run(false);
    const applied = applyTransform(model, scaling, { include: ['**'] });
    const [evaluated, trained] = [run(false), run(true)];
    expect(evaluated).not.toEqual(before);
    expect(trained).toEqual(evaluated);
    applied.bake();
    expect(run(false)).toEqual(evaluated);
  });
});
