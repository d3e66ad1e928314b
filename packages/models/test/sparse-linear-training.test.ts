import { randomPruningTransform } from '@winnow/baselines';
import { applyTransform, sequenceLoss, Transformer } from '@winnow/models';
import { type Execution, type Optimizer, sgd, useFastGradients, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterAll, expect, it } from 'vitest';
import { METHODS } from './cutting-methods.js';

/** Training of linear layers with cut weights left out against training with their zeros. */
const stock = useFastGradients();
afterAll(() => stock());

const STEPS = 20;

/** A model in training: its loss in a step, and what belongs to it. */
interface Trained {
  readonly variables: readonly tf.Variable[];
  readonly optimizer: Optimizer;
  loss(step: number): tf.Scalar;
  afterStep(): void;
  dispose(): void;
}

/** Odd sizes, all kinds of activations, and x of ranks 2 and 3. */
function makeMlp(transform: WeightTransform, batch: number): Trained {
  const dense = (units: number, seed: number, activation?: 'relu' | 'gelu' | 'tanh', useBias = true) =>
    tf.layers.dense({
      units,
      useBias,
      kernelInitializer: tf.initializers.heNormal({ seed }),
      name: `dense${seed}`,
      ...(activation && { activation }),
    });
  const input = tf.input({ shape: [5, 63] });
  let x = dense(70, 1, 'relu').apply(input) as tf.SymbolicTensor;
  x = dense(31, 2, 'gelu').apply(x) as tf.SymbolicTensor;
  x = dense(17, 3, 'tanh', false).apply(x) as tf.SymbolicTensor;
  x = tf.layers.flatten().apply(x) as tf.SymbolicTensor;
  x = dense(65, 4, 'relu', false).apply(x) as tf.SymbolicTensor;
  x = dense(20, 5, 'gelu', false).apply(x) as tf.SymbolicTensor;
  const logits = tf.layers.dense({
    units: 5,
    kernelInitializer: tf.initializers.heNormal({ seed: 6 }),
    name: 'logits',
  });
  const model = tf.model({ inputs: input, outputs: logits.apply(x) as tf.SymbolicTensor });
  const applied = applyTransform(model, transform, { exclude: ['logits'] });
  const given = tf.randomNormal([batch, 5, 63], 0, 1, 'float32', 1);
  const indices = tf.tensor1d(
    [...Array(batch).keys()].map((i) => i % 5),
    'int32',
  );
  const labels = tf.oneHot(indices, 5);
  const own = applied.variables.filter(({ trainable }) => trainable).map(({ variable }) => variable);
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-4 });
  return {
    variables: [...model.trainableWeights.map((weight) => weight.read() as tf.Variable), ...own],
    optimizer,
    loss(step) {
      applied.step.set(step);
      return tf.losses.softmaxCrossEntropy(labels, model.apply(given, { training: true }) as tf.Tensor2D) as tf.Scalar;
    },
    afterStep: () => applied.afterStep(optimizer),
    dispose() {
      applied.remove();
      model.dispose();
      tf.dispose([given, indices, labels]);
    },
  };
}

/** Encoder and decoder, with dropout. */
function makeTransformer(transform: WeightTransform, batch: number): Trained {
  const model = new Transformer({
    ...{ vocabularySize: 23, width: 20, innerWidth: 36, heads: 2, encoderLayers: 1, decoderLayers: 1 },
    ...{ maximumLength: 7, dropout: 0.1, seed: 3, transform },
  });
  const tokens = (shift: number) =>
    tf.tensor2d(
      Array.from({ length: batch * 7 }, (_, i) => 1 + ((i * 5 + shift) % 22)),
      [batch, 7],
      'int32',
    );
  const [source, target, labels] = [tokens(0), tokens(3), tokens(8)] as const;
  const own = (model.method?.variables ?? []).filter(({ trainable }) => trainable).map(({ variable }) => variable);
  // Adam would make steps of full size of rounding errors: the bias of keys has no gradient but those.
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-4 });
  return {
    variables: [...model.trainable, ...own],
    optimizer,
    loss: (step) => sequenceLoss(model.apply(source, target, { training: true, step }), labels),
    afterStep: () => model.method?.afterStep(optimizer),
    dispose() {
      model.dispose();
      tf.dispose([source, target, labels]);
    },
  };
}

const MODELS = { 'an MLP': makeMlp, 'a Transformer': makeTransformer };

interface Training {
  losses: number[];
  weights: Float32Array[];
  operations: ReadonlySet<string>;
  /** Live tensors after each step. */
  tensors: number[];
}

function train(model: keyof typeof MODELS, transform: WeightTransform, execution: Execution, batch: number): Training {
  useFastGradients({ execution });
  const { variables, optimizer, loss, afterStep, dispose } = MODELS[model](transform, batch);
  const operations = new Set<string>();
  const backend = tf.engine().backend as unknown as Record<string, (name: string, ...rest: unknown[]) => unknown>;
  const calls = ['executeSingleOutput', 'executeMultipleOutputs'];
  for (const call of calls) {
    const before = backend[call]!;
    backend[call] = function (this: unknown, name, ...rest) {
      operations.add(name);
      return before.call(this, name, ...rest);
    };
  }
  const losses: number[] = [];
  const tensors: number[] = [];
  try {
    for (let step = 0; step < STEPS; step++) {
      const { value, grads } = tf.variableGrads(() => loss(step), [...variables]);
      optimizer.step(
        variables,
        variables.map(({ name }) => grads[name] as tf.Tensor),
        0.01,
      );
      afterStep();
      losses.push(value.dataSync<'float32'>()[0] as number);
      tf.dispose([value, grads]);
      tensors.push(tf.memory().numTensors);
    }
    const weights = variables.map((variable) => variable.dataSync<'float32'>().slice() as Float32Array);
    return { losses, weights, operations, tensors };
  } finally {
    for (const call of calls) delete backend[call];
    dispose();
    optimizer.dispose();
  }
}

function expectEqual(sparse: Training, dense: Training): void {
  for (const [i, loss] of sparse.losses.entries()) {
    expect(Math.abs(loss - dense.losses[i]!)).toBeLessThan(1e-4 * (1 + loss));
  }
  sparse.weights.forEach((weights, k) => {
    const difference = weights.map((weight, i) => Math.abs(weight - dense.weights[k]![i]!));
    expect(Math.max(...difference)).toBeLessThan(1e-3);
  });
}

const cases = (Object.keys(MODELS) as (keyof typeof MODELS)[]).flatMap((model) =>
  Object.keys(METHODS).map((method) => [model, method] as const),
);

it.each(cases)('sparse training of %s equals dense: %s', (model, method) => {
  const make = METHODS[method] as () => WeightTransform;
  const dense = train(model, make(), 'dense', 19);
  const sparse = train(model, make(), 'sparse', 19);
  expect(dense.operations).not.toContain('WinnowMaskedLinear');
  expect(sparse.operations).toContain('WinnowMaskedLinear');
  expect(sparse.operations).toContain('WinnowMaskedLinearInputGrad');
  // SR-STE's gradient reaches every weight.
  expect(sparse.operations.has('WinnowMaskedLinearKernelGrad')).toBe(method !== 'gradients of all weights');
  expectEqual(sparse, dense);
  // No tensor more than the dense steps keep.
  expect(sparse.tensors.at(-1)! - sparse.tensors[3]!).toBe(dense.tensors.at(-1)! - dense.tensors[3]!);
});

it('auto leaves weights out only where few are left', () => {
  const at = (sparsity: number, batch: number) =>
    train('an MLP', randomPruningTransform({ sparsity, seed: 1 }), 'auto', batch).operations;
  // The first layer alone is large enough: it has five rows of x for each example.
  expect(at(0.9, 60)).toContain('WinnowMaskedLinear');
  expect(at(0.9, 60)).toContain('WinnowMaskedLinearKernelGrad');
  expect(at(0.78, 60)).not.toContain('WinnowMaskedLinearKernelGrad');
  expect(at(0.5, 60)).not.toContain('WinnowMaskedLinear');
  expect(at(0.9, 10)).not.toContain('WinnowMaskedLinear');
});

it.each(Object.keys(MODELS) as (keyof typeof MODELS)[])('sparse training of %s equals dense with batch 1', (model) => {
  const make = () => randomPruningTransform({ sparsity: 0.9, seed: 1 });
  expectEqual(train(model, make(), 'sparse', 1), train(model, make(), 'dense', 1));
});
