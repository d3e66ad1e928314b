import { adam, type Optimizer, sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { NETWORKS } from './network-shapes.js';

/** One optimizer step over all variables of a network: its kernels, and one bias for each. */
type Kind = 'momentum' | 'momentum-clipped' | 'adamw';

interface StepParameters {
  kind: Kind;
  shapes: readonly (readonly number[])[];
}

const square = [256, 256] as const;
const feedForward = [
  [256, 1024],
  [1024, 256],
] as const;
/** d 256, feed-forward 1024, 4 + 4 layers, 10,000 words. */
const transformerSmall = [
  [10_000, 256],
  ...Array.from({ length: 4 }, () => [...Array(4).fill(square), ...feedForward]).flat(),
  ...Array.from({ length: 4 }, () => [...Array(8).fill(square), ...feedForward]).flat(),
] as (readonly [number, number])[];

const networks = { 'resnet32-32': NETWORKS['resnet32-32']!, 'transformer-small': transformerSmall };
/** Floats read and written per weight. */
const MOVED: Readonly<Record<Kind, number>> = { momentum: 5, 'momentum-clipped': 6, adamw: 7 };

const cases = Object.entries(networks).flatMap(([network, kernels]) =>
  (Object.keys(MOVED) as Kind[]).map((kind): BenchmarkCase => {
    const shapes = kernels.flatMap(([fanIn, units]) => [[fanIn, units], [units]]);
    const weights = shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
    return {
      name: `optimizer-step/${network}/${kind}`,
      params: { kind, shapes, copied: Math.round((MOVED[kind] / 2) * weights) },
      // Looser, because Adam's first step divides each gradient by its own magnitude.
      tolerance: 2e-5,
      peers: ['pytorch', 'pytorch-fused', 'tfjs-optimizer', 'copy'],
      unchecked: ['copy', ...(kind === 'momentum' ? [] : ['tfjs-optimizer'])],
    };
  }),
);

function inputs(params: Parameters): Record<string, Input> {
  const { shapes } = params as unknown as StepParameters;
  const total = shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return {
    weights: { data: normalNumbers(total, 1), shape: [total] },
    gradients: { data: normalNumbers(total, 2), shape: [total] },
  };
}

const makers: Readonly<Record<Kind, () => Optimizer>> = {
  momentum: () => sgd({ momentum: 0.9 }),
  'momentum-clipped': () => sgd({ momentum: 0.9, weightDecay: 1e-4, clipNorm: 1 }),
  adamw: () => adam({ weightDecay: 0.01, decoupled: true }),
};

/** The network's variables and gradients, and the step of one implementation. */
function workload(params: Parameters, given: Record<string, Input>, makeStep: (kind: Kind) => Step): Workload {
  const { kind, shapes } = params as unknown as StepParameters;
  const parts = (name: string) => {
    let at = 0;
    return shapes.map((shape) => {
      const begin = at;
      at += shape.reduce((product, size) => product * size, 1);
      return tf.tensor((given[name]!.data as Float32Array).slice(begin, at), [...shape]);
    });
  };
  const variables = parts('weights').map((tensor, i) => tf.variable(tensor, true, `weight${i}`));
  const gradients = parts('gradients');
  const { step, dispose } = makeStep(kind);
  return {
    check() {
      step(variables, gradients);
      return tf.tidy(() => tf.concat(variables.map((variable) => tf.reshape(variable, [-1]))).dataSync<'float32'>());
    },
    run: () => step(variables, gradients),
    dispose() {
      dispose();
      tf.dispose([...variables, ...gradients]);
    },
  };
}

interface Step {
  step(variables: tf.Variable[], gradients: tf.Tensor[]): void;
  dispose(): void;
}

const prepare = (params: Parameters, given: Record<string, Input>) =>
  workload(params, given, (kind) => {
    const optimizer = makers[kind]();
    return {
      step: (variables, gradients) => optimizer.step(variables, gradients, 1e-3),
      dispose: () => optimizer.dispose(),
    };
  });

/** tfjs's own momentum and Adam, which do not clip or decay. */
const tfjsOptimizer = (params: Parameters, given: Record<string, Input>) =>
  workload(params, given, (kind) => {
    const optimizer = kind === 'adamw' ? tf.train.adam(1e-3) : tf.train.momentum(1e-3, 0.9);
    return {
      step: (variables, gradients) =>
        optimizer.applyGradients(variables.map(({ name }, i) => ({ name, tensor: gradients[i]! }))),
      dispose: () => optimizer.dispose(),
    };
  });

export const suite: Suite = {
  name: 'optimizer-step',
  cases,
  inputs,
  prepare,
  nodePeers: { 'tfjs-optimizer': tfjsOptimizer },
};
