import { randomPruningTransform } from '@winnow/baselines';
import { applyTransform } from '@winnow/models';
import { type Execution, recordExecution, sgd, useFastGradients, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterAll, expect, it } from 'vitest';
import { METHODS } from './cutting-methods.js';

/** Training with cut weights left out against training with their zeros. */
const stock = useFastGradients();
// It gives back what undoes the last call.
afterAll(() => useFastGradients()());

const STEPS = 20;

function makeModel(): tf.LayersModel {
  const init = (seed: number) => tf.initializers.heNormal({ seed });
  const conv = (filters: number, size: number, strides: number, seed: number, useBias = false) =>
    tf.layers.conv2d({
      filters,
      kernelSize: size,
      strides,
      padding: 'same',
      useBias,
      kernelInitializer: init(seed),
      name: `conv${seed}`,
      ...(useBias && { activation: 'relu' }),
    });
  const input = tf.input({ shape: [9, 9, 3] });
  let x = conv(16, 3, 1, 1, true).apply(input) as tf.SymbolicTensor;
  x = conv(32, 3, 1, 2).apply(x) as tf.SymbolicTensor;
  x = tf.layers.batchNormalization({ name: 'norm' }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.reLU().apply(x) as tf.SymbolicTensor;
  x = conv(24, 3, 2, 3, true).apply(x) as tf.SymbolicTensor;
  x = conv(16, 1, 1, 4).apply(x) as tf.SymbolicTensor;
  x = tf.layers.globalAveragePooling2d({}).apply(x) as tf.SymbolicTensor;
  const logits = tf.layers.dense({ units: 5, kernelInitializer: init(5), name: 'logits' }).apply(x);
  return tf.model({ inputs: input, outputs: logits as tf.SymbolicTensor });
}

interface Training {
  losses: number[];
  weights: Float32Array[];
  operations: ReadonlySet<string>;
  /** Live tensors after each step. */
  tensors: number[];
}

/** Twenty steps. 19 images do not fill the last vector of sixteen. */
function train(make: () => WeightTransform, execution: Execution): Training {
  useFastGradients({ execution });
  const model = makeModel();
  const applied = applyTransform(model, make(), { exclude: ['logits'] });
  const x = tf.randomNormal([19, 9, 9, 3], 0, 1, 'float32', 1);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: 19 }, (_, i) => i % 5),
      'int32',
    ),
    5,
  );
  const own = applied.variables.filter(({ trainable }) => trainable).map(({ variable }) => variable);
  const variables = [...model.trainableWeights.map((weight) => weight.read() as tf.Variable), ...own];
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-4 });
  const operations = new Set<string>();
  const backend = tf.engine().backend as unknown as Record<
    'executeSingleOutput',
    (name: string, ...rest: unknown[]) => unknown
  >;
  const stockCall = backend.executeSingleOutput;
  backend.executeSingleOutput = function (name, ...rest) {
    operations.add(name);
    return stockCall.call(this, name, ...rest);
  };
  const losses: number[] = [];
  const tensors: number[] = [];
  try {
    for (let step = 0; step < STEPS; step++) {
      applied.step.set(step);
      const { value, grads } = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor2D) as tf.Scalar,
        variables,
      );
      optimizer.step(
        variables,
        variables.map(({ name }) => grads[name] as tf.Tensor),
        0.01,
      );
      applied.afterStep(optimizer);
      losses.push(value.dataSync<'float32'>()[0] as number);
      tf.dispose([value, grads]);
      tensors.push(tf.memory().numTensors);
    }
    const weights = model.getWeights().map((weight) => weight.dataSync<'float32'>().slice() as Float32Array);
    return { losses, weights, operations, tensors };
  } finally {
    delete (backend as Partial<typeof backend>).executeSingleOutput;
    applied.remove();
    model.dispose();
    optimizer.dispose();
    tf.dispose([x, labels]);
  }
}

it.each(Object.keys(METHODS))('sparse training equals dense: %s', (name) => {
  const make = METHODS[name] as () => WeightTransform;
  const dense = train(make, 'dense');
  const sparse = train(make, 'sparse');
  expect(dense.operations).not.toContain('WinnowConv2dKeptFilterGrad');
  expect(sparse.operations).toContain('WinnowConv2d');
  // SR-STE's gradient reaches every weight.
  expect(sparse.operations.has('WinnowConv2dKeptFilterGrad')).toBe(name !== 'gradients of all weights');
  for (const [i, loss] of sparse.losses.entries()) {
    expect(Math.abs(loss - dense.losses[i]!)).toBeLessThan(1e-4 * (1 + loss));
  }
  sparse.weights.forEach((weights, k) => {
    const difference = weights.map((weight, i) => Math.abs(weight - dense.weights[k]![i]!));
    expect(Math.max(...difference)).toBeLessThan(1e-3);
  });
  // No tensor more than the dense steps keep.
  expect(sparse.tensors.at(-1)! - sparse.tensors[3]!).toBe(dense.tensors.at(-1)! - dense.tensors[3]!);
});

it('leaves weights out also where the method was applied before useFastGradients', () => {
  stock();
  const model = makeModel();
  const applied = applyTransform(model, randomPruningTransform({ sparsity: 0.9, seed: 1 }));
  applied.step.set(0);
  const x = tf.zeros([16, 9, 9, 3]);
  useFastGradients({ execution: 'sparse' });
  try {
    const forward = () => tf.dispose(model.apply(x, { training: true }) as tf.Tensor);
    const layers = recordExecution(forward);
    // The first convolution and the last layer are left out of the method.
    expect(layers.map(({ choices }) => choices.forward.sparse)).toEqual([false, true, true, true, false]);
    for (const layer of layers) layer.dispose();
    useFastGradients({ execution: 'dense' });
    expect(recordExecution(forward)).toEqual([]);
  } finally {
    applied.remove();
    model.dispose();
    x.dispose();
  }
});

it('auto leaves weights out only where few are left', () => {
  const at = (sparsity: number) => train(() => randomPruningTransform({ sparsity, seed: 1 }), 'auto').operations;
  expect(at(0.98)).toContain('WinnowConv2dKeptFilterGrad');
  expect(at(0.5)).not.toContain('WinnowConv2dKeptFilterGrad');
});
