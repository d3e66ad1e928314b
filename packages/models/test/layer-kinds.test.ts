/** Transforms on every kind of layer, against stock tfjs with the transformed weights written into the model. */

import { l1Transform, riglTransform, unitDropoutTransform, variationalDropoutTransform } from '@winnow/baselines';
import { appliedTransform, applyTransform, modelKernels, unitsLast } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { Dense, DoubledDense, Holding, Mixing, only } from './own-layers.js';

const { layers } = tf;

/** Unit u of a kernel times u + 2, so that a wrong axis shows. */
const scaling: WeightTransform = {
  name: 'scaling',
  apply: (kernel) => tf.mul(kernel, tf.range(2, 2 + kernel.shape.at(-1)!)),
  getConfig: () => ({}),
};

/** That a model computes with transformed kernels, in training as in evaluation, and keeps them when they are baked. */
function expectTransformed(model: tf.LayersModel, x: tf.Tensor): void {
  const run = (training: boolean) => [...(model.apply(x, { training }) as tf.Tensor).dataSync()];
  const before = run(false);
  const applied = applyTransform(model, scaling, { include: ['**'] });
  const [evaluated, trained] = [run(false), run(true)];
  applied.bake();
  expect(run(false)).toEqual(evaluated);
  expect(trained).toEqual(evaluated);
  expect(evaluated).not.toEqual(before);
}

const image = [6, 6, 3];
const sequence = [4, 5];
const kinds: Record<string, { layer: () => tf.layers.Layer; shape: number[]; paths?: string[]; selection?: object }> = {
  dense: { layer: () => layers.dense({ units: 4, name: 'x', activation: 'relu' }), shape: [5] },
  conv1d: { layer: () => layers.conv1d({ filters: 4, kernelSize: 2, name: 'x' }), shape: sequence },
  conv2d: { layer: () => layers.conv2d({ filters: 4, kernelSize: 3, name: 'x' }), shape: image },
  conv3d: { layer: () => layers.conv3d({ filters: 4, kernelSize: 2, name: 'x' }), shape: [4, 4, 4, 2] },
  conv2dTranspose: { layer: () => layers.conv2dTranspose({ filters: 4, kernelSize: 2, name: 'x' }), shape: image },
  conv3dTranspose: {
    layer: () => layers.conv3dTranspose({ filters: 4, kernelSize: 2, name: 'x' }),
    shape: [3, 3, 3, 2],
  },
  depthwiseConv2d: {
    layer: () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'x' }),
    shape: image,
    paths: ['x/depthwise_kernel'],
  },
  separableConv2d: {
    layer: () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, name: 'x' }),
    shape: image,
    paths: ['x/depthwise_kernel', 'x/pointwise_kernel'],
  },
  embedding: {
    layer: () => layers.embedding({ inputDim: 9, outputDim: 4, name: 'x' }),
    shape: [4],
    paths: ['x/embeddings'],
  },
  simpleRNN: {
    layer: () => layers.simpleRNN({ units: 3, name: 'x' }),
    shape: sequence,
    paths: ['x/kernel', 'x/recurrent_kernel'],
  },
  gru: {
    layer: () => layers.gru({ units: 3, name: 'x', returnSequences: true }),
    shape: sequence,
    paths: ['x/kernel', 'x/recurrent_kernel'],
  },
  lstm: {
    layer: () => layers.lstm({ units: 3, name: 'x' }),
    shape: sequence,
    paths: ['x/kernel', 'x/recurrent_kernel'],
  },
  convLstm2d: {
    layer: () => layers.convLstm2d({ filters: 2, kernelSize: 2, name: 'x' }),
    shape: [3, 4, 4, 2],
    paths: ['x/kernel', 'x/recurrent_kernel'],
  },
  rnn: {
    layer: () =>
      layers.rnn({ cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })] as never, name: 'x' }),
    shape: sequence,
    paths: ['x/cell0/kernel', 'x/cell0/recurrent_kernel', 'x/cell1/kernel', 'x/cell1/recurrent_kernel'],
  },
  bidirectional: {
    layer: () => layers.bidirectional({ layer: layers.lstm({ units: 3 }) as never, mergeMode: 'concat', name: 'x' }),
    shape: sequence,
    paths: ['forward', 'backward'].flatMap((way) => [`x/${way}/kernel`, `x/${way}/recurrent_kernel`]),
  },
  timeDistributed: {
    layer: () => layers.timeDistributed({ layer: layers.dense({ units: 4 }), name: 'x' }),
    shape: sequence,
  },
  'timeDistributed model': {
    layer: () =>
      layers.timeDistributed({
        layer: tf.sequential({ layers: [layers.dense({ units: 4, inputShape: [5], name: 'in' })] }) as never,
        name: 'x',
      }),
    shape: sequence,
    paths: ['x/in/kernel'],
  },
  'a subclass': { layer: () => new DoubledDense({ units: 4, name: 'x' }), shape: [5] },
  'a subclass that computes with val': { layer: () => new ByValue({ units: 4, name: 'x' }), shape: [5] },
  'a layer that holds one': { layer: () => new Holding({ name: 'x', units: 4 }), shape: [5], paths: ['x/held/kernel'] },
  'a custom layer': {
    layer: () => new Mixing({ name: 'x' }),
    shape: [5],
    paths: ['x/mix'],
    selection: { custom: { Mixing: ['mix'] } },
  },
};

function built({ layer, shape, paths = ['x/kernel'], selection = {} }: (typeof kinds)[string]) {
  const input = tf.input({ shape, ...(paths[0] === 'x/embeddings' && { dtype: 'int32' as const }) });
  const model = tf.model({ inputs: input, outputs: layer().apply(input) as tf.SymbolicTensor });
  const values =
    paths[0] === 'x/embeddings'
      ? tf.tensor2d([0, 3, 8, 3, 1, 1, 2, 7], [2, 4], 'int32')
      : tf.randomNormal([2, ...shape], 0, 1, 'float32', 5);
  return { model, values, paths, selection: { include: ['**'], ...selection } };
}

describe.each(Object.entries(kinds))('%s', (name, kind) => {
  it('computes with the transformed kernels, in training and evaluation, and as before once that is removed', () => {
    const { model, values, paths, selection } = built(kind);
    const run = (training: boolean) => [...(model.apply(values, { training }) as tf.Tensor).dataSync()];
    const before = run(false);
    const applied = applyTransform(model, scaling, selection);
    expect(applied.kernels.map(({ path }) => path)).toEqual(paths);
    const [evaluated, trained] = [run(false), run(true)];
    applied.bake();
    // The kernels are the scaled ones now, and the model a stock one.
    expect(run(false)).toEqual(evaluated);
    expect(trained).toEqual(evaluated);
    expect(evaluated).not.toEqual(before);
    expect(appliedTransform(model)).toBeUndefined();
    expect(Object.hasOwn(model.getLayer('x'), 'call')).toBe(false);
  });

  // tfjs itself has no gradient of the gradient that conv3dTranspose is.
  it.skipIf(name === 'conv3dTranspose')('gives RigL the gradient of its kernel, and keeps masks in place', () => {
    const { model, values, selection } = built(kind);
    const transform = riglTransform({ sparsity: 0.5, interval: 1, endStep: 4, allocation: 'uniform' });
    const applied = applyTransform(model, transform, selection);
    const optimizer = tf.train.adam(0.01);
    const raw = applied.kernels.map(({ variable }) => [...variable.dataSync()]);
    for (const step of [0, 1, 2]) {
      applied.step.set(step);
      optimizer.minimize(() => tf.sum(tf.square(model.apply(values, { training: true }) as tf.Tensor)));
      applied.afterStep(optimizer);
    }
    for (const [i, { path, variable, layout }] of applied.kernels.entries()) {
      const mask = applied.variables.find((own) => own.path === path)!.variable;
      const kept = [...mask.dataSync()].reduce((sum, value) => sum + value, 0);
      expect(kept).toBe(variable.size - Math.floor(variable.size / 2));
      expect(mask.shape).toEqual(unitsLast(variable, layout).shape);
      expect([...variable.dataSync()]).not.toEqual(raw[i]);
    }
    applied.remove();
  });
});

it('a bidirectional layer, a wrapper and a model with LSTM train with L1 as hand-computed', () => {
  const { model, selection } = built(kinds['bidirectional']!);
  const applied = applyTransform(model, l1Transform({ lambda: 0.5, reduction: 'sum' }), selection);
  const expected = modelKernels(model).reduce(
    (sum, { variable }) => sum + 0.5 * [...variable.dataSync()].reduce((all, value) => all + Math.abs(value), 0),
    0,
  );
  expect(applied.penalty()!.dataSync()[0]).toBeCloseTo(expected, 4);
});

it.each([unitDropoutTransform({ rate: 0.5 }), variationalDropoutTransform({ trainingImages: 10 } as never)])(
  'methods that compute a layer leave out those that they cannot, by name: $name',
  (transform) => {
    const input = tf.input({ shape: [6, 6, 4] });
    const depthwise = layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'depthwise' }).apply(input);
    const separable = layers.separableConv2d({ filters: 4, kernelSize: 2, name: 'separable' }).apply(depthwise);
    const flat = layers.flatten().apply(separable);
    const output = new DoubledDense({ units: 2, name: 'doubled' }).apply(flat) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    const { kernels, skipped } = applyTransform(model, transform, { include: ['**'] });
    expect(kernels.map(({ path }) => path)).toEqual(['depthwise/depthwise_kernel']);
    const why = (name: string) => `method '${transform.name}' computes the layer itself, which it cannot for a ${name}`;
    expect(skipped).toEqual([
      { path: 'separable/depthwise_kernel', why: why('SeparableConv2D') },
      { path: 'separable/pointwise_kernel', why: why('SeparableConv2D') },
      { path: 'doubled/kernel', why: why('DoubledDense') },
    ]);
    const x = tf.ones([2, 6, 6, 4]);
    expect((model.apply(x, { training: true }) as tf.Tensor).shape).toEqual([2, 2]);
  },
);

it('a layer that holds one does not tell it that it trains: methods that compute the layer know it anyway', () => {
  const { model, values } = built(kinds['a layer that holds one']!);
  const run = (training: boolean) => [...(model.apply(values, { training }) as tf.Tensor).dataSync()];
  const dense = run(true);
  const applied = applyTransform(model, unitDropoutTransform({ rate: 0.5, seed: 1 }), { include: ['**'] });
  expect(run(false)).toEqual(dense);
  const dropped = Array.from({ length: 4 }, (_, step) => {
    applied.step.set(step);
    return run(true);
  });
  expect(dropped.some((values) => String(values) !== String(dense))).toBe(true);
});

/** Layers that compute past `read()`: a method would not be there, and nothing would say so. */
class Captured extends Dense {
  static className = 'KindsCaptured';
  declare kernel: tf.LayerVariable & { val: tf.Variable };
  captured!: tf.Tensor2D;
  override build(shape: tf.Shape) {
    super.build(shape);
    this.captured = this.kernel.read() as tf.Tensor2D;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    return tf.matMul(only(inputs) as tf.Tensor2D, this.captured);
  }
}
class ByValue extends Captured {
  static override className = 'KindsByValue';
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    return tf.matMul(only(inputs) as tf.Tensor2D, this.kernel.val as tf.Tensor2D);
  }
}
/** Computes with the kernel of what it holds, and does not call that. */
class Borrowing extends Holding {
  static override className = 'KindsBorrowing';
  captured: tf.Tensor2D | undefined;
  takes: 'read' | 'val' | 'weights' | 'captured' = 'val';
  override build(shape: tf.Shape) {
    super.build(shape);
    this.captured = this.kernel.val as tf.Tensor2D;
  }
  private get kernel() {
    return (this.held as unknown as Captured).kernel;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    const kernel = {
      read: () => this.kernel.read(),
      val: () => this.kernel.val,
      weights: () => this.held.getWeights()[0],
      captured: () => this.captured,
    }[this.takes]();
    return tf.matMul(only(inputs) as tf.Tensor2D, kernel as tf.Tensor2D);
  }
}
/** Runs what it holds on demand. */
class Choosing extends Holding {
  static override className = 'KindsChoosing';
  protected override makeHeld() {
    return new Captured({ units: this.units, name: 'held' });
  }
  runs = false;
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    return this.runs ? super.call(inputs) : tf.slice(only(inputs), [0, 0], [-1, this.units]);
  }
}

describe('a subclass of a stock layer that does not read its kernel', () => {
  const says = (path: string) => `applyTransform: '${path}/kernel' is a kernel, but its layer did not read()`;

  it('is refused in the first pass', () => {
    const layer = new Captured({ units: 4, name: 'odd' });
    const top = layers.dense({ units: 3, name: 'top' });
    const model = tf.sequential({ layers: [layers.reLU({ inputShape: [5] }), layer, top] });
    const applied = applyTransform(model, scaling, { include: ['odd'] });
    expect(applied.kernels.map(({ path }) => path)).toEqual(['odd/kernel']);
    expect(() => model.predict(tf.ones([1, 5]))).toThrow(says('odd'));
    expect(() => model.apply(tf.ones([1, 5]), { training: true })).toThrow("leave it out with exclude: ['odd']");
    applied.remove();
    const rest = applyTransform(model, scaling, { include: ['**'], exclude: ['odd'] });
    expect(rest.kernels.map(({ path }) => path)).toEqual(['top/kernel']);
    expect((model.predict(tf.ones([1, 5])) as tf.Tensor).shape).toEqual([1, 3]);
  });

  it('is refused if it reads its kernel and computes with what it took before as well', () => {
    class Both extends Captured {
      static override className = 'KindsBoth';
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return tf.add(super.call(inputs), tf.sum(this.kernel.read()));
      }
    }
    const layers = [tf.layers.reLU({ inputShape: [5] }), new Both({ units: 4, name: 'odd' })];
    const model = tf.sequential({ layers });
    applyTransform(model, scaling, { include: ['odd'] });
    const loss = () => tf.sum(model.apply(tf.ones([1, 5]), { training: true }) as tf.Tensor) as tf.Scalar;
    expect(() => tf.variableGrads(loss)).toThrow(
      "applyTransform: 'odd/kernel' is a kernel, but its layer computed with what it took of that weight before it ran",
    );
  });

  it('is refused within wrappers, and within a layer that holds it once that runs it', () => {
    const each = layers.timeDistributed({
      layer: new Captured({ units: 4, name: 'odd' }) as never,
      inputShape: [2, 5],
      name: 'each',
    });
    const wrapped = tf.sequential({ layers: [each] });
    applyTransform(wrapped, scaling, { include: ['each'] });
    expect(() => wrapped.predict(tf.ones([1, 2, 5]))).toThrow(says('each'));

    const choosing = new Choosing({ name: 'holds', units: 4 });
    const model = tf.sequential({ layers: [layers.reLU({ inputShape: [5] }), choosing] });
    applyTransform(model, scaling, { include: ['**'] });
    expect((model.predict(tf.ones([1, 5])) as tf.Tensor).shape).toEqual([1, 4]);
    choosing.runs = true;
    expect(() => model.predict(tf.ones([1, 5]))).toThrow(says('holds/held'));
  });
});

describe.each(['alone', 'in TimeDistributed'])('a layer that uses the kernel of one that it holds, %s', (where) => {
  const isWrapped = where !== 'alone';
  const shape = isWrapped ? [2, 5] : [5];
  const made = (takes: Borrowing['takes']) => {
    const borrowing = new Borrowing({ name: 'own', units: 4 });
    borrowing.takes = takes;
    const layer = isWrapped ? layers.timeDistributed({ layer: borrowing as never, name: 'each' }) : borrowing;
    return tf.sequential({ layers: [layers.reLU({ inputShape: shape }), layer] });
  };
  const x = tf.randomNormal([3, ...shape], 0, 1, 'float32', 7);

  it.each(['read', 'val', 'weights'] as const)('computes with the transformed kernel, by %s', (takes) => {
    const model = made(takes);
    expectTransformed(model, x);
  });

  it('is refused if it took the kernel before, in training and evaluation, and leaves no tensor behind', () => {
    const model = made('captured');
    const applied = applyTransform(model, scaling, { include: ['**'] });
    const says = `is a kernel, but the KindsBorrowing that holds its layer computed with what it took of that weight`;
    expect(() => model.predict(x)).toThrow(says);
    // The step's number is kept from the first pass on.
    const tensors = tf.memory().numTensors;
    expect(() => model.predict(x)).toThrow(says);
    expect(tf.memory().numTensors).toBe(tensors);
    const loss = () => tf.sum(model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar;
    expect(() => tf.variableGrads(loss)).toThrow(says);
    expect(applied.kernels[0]!.variable.isDisposed).toBe(false);
    applied.remove();
    expect(() => model.predict(x)).not.toThrow();
  });

  it('may write the variable while it runs', () => {
    class Normalising extends Borrowing {
      static override className = 'KindsNormalising';
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        const { kernel } = this.held as unknown as Captured;
        kernel.write(tf.fill([5, 4], 0.5));
        return super.call(inputs);
      }
    }
    const model = tf.sequential({
      layers: [layers.reLU({ inputShape: [5] }), new Normalising({ name: 'own', units: 4 })],
    });
    const applied = applyTransform(model, scaling, { include: ['**'] });
    model.apply(tf.ones([1, 5]));
    expect([...applied.kernels[0]!.variable.dataSync()]).toEqual(Array(20).fill(0.5));
    applied.remove();
  });
});

describe('a layer that uses the kernel of another one, which it holds where nobody sees it', () => {
  class Tied extends tf.layers.Layer {
    static className = 'KindsTied';
    readonly #source: tf.layers.Layer;
    constructor(source: tf.layers.Layer) {
      super({ name: 'tied' });
      this.#source = source;
    }
    override computeOutputShape() {
      return [null, 5];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      const { kernel } = this.#source as unknown as Captured;
      return tf.matMul(only(inputs) as tf.Tensor2D, kernel.read() as tf.Tensor2D, false, true);
    }
  }
  const tied = () => {
    const encoder = layers.dense({ units: 4, name: 'encoder', inputShape: [5] });
    return tf.sequential({ layers: [encoder, new Tied(encoder)] });
  };
  const x = tf.randomNormal([3, 5], 0, 1, 'float32', 7);

  it('computes with the transformed kernel, and as before once that is removed', () => {
    const model = tied();
    expectTransformed(model, x);
    expect(Object.hasOwn(model.getLayer('tied'), 'call')).toBe(false);
  });

  it('has the gradient of both, and leaves no tensor behind', () => {
    const model = tied();
    const loss = () => tf.sum(tf.square(model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar;
    const gradientOf = () => {
      const { value, grads } = tf.variableGrads(loss);
      const gradient = [...Object.values(grads)[0]!.dataSync()];
      tf.dispose([value, grads]);
      return gradient;
    };
    const applied = applyTransform(model, scaling, { include: ['**'] });
    const masked = gradientOf();
    const tensors = tf.memory().numTensors;
    expect(gradientOf()).toEqual(masked);
    expect(tf.memory().numTensors).toBe(tensors);
    applied.bake();
    // Unit u was scaled by u + 2, and so is its gradient.
    const units = gradientOf().map((value, i) => value * (2 + (i % 4)));
    units.forEach((value, i) => void expect(masked[i]! / value).toBeCloseTo(1, 4));
  });
});

it('says when a custom layer does not read the weight that is named as its kernel', () => {
  class Sly extends Mixing {
    static override className = 'KindsSly';
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      return only(inputs);
    }
  }
  const model = tf.sequential({ layers: [layers.reLU({ inputShape: [5] }), new Sly({ name: 'sly' })] });
  applyTransform(model, scaling, { custom: { KindsSly: ['mix'] }, include: ['sly'] });
  expect(() => model.predict(tf.ones([1, 5]))).toThrow(
    "applyTransform: custom names 'sly/mix', but its layer did not read() that weight when it ran",
  );
});
