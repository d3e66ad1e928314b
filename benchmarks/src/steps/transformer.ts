import { randomPruningTransform, targetedDropoutTransform } from '@winnow/baselines';
import { sequenceLoss, Transformer, transformerSizes } from '@winnow/models';
import { adam, type Execution, useFastGradients, type WeightTransform } from '@winnow/ops';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { type SequenceSide, sequenceStep, TRAINING } from './sequence-step.js';
import { stockTransformer } from './stock-transformer.js';
import { sentences, type TransformerSpec, transformerVariables, transformerWeights } from './transformer-spec.js';

/** A training step of the small Transformer with Adam and label smoothing. */
const { width, innerWidth, heads, encoderLayers } = transformerSizes.small;
const SMALL: TransformerSpec = {
  ...{ width, innerWidth, heads, layers: encoderLayers },
  ...{ vocabularySize: 8000, dropout: 0.1, batch: 64, length: 32 },
};

const params = { network: SMALL, weights: transformerVariables(SMALL), training: TRAINING };
const cases: BenchmarkCase[] = [
  {
    name: 'transformer-small/64x32',
    params,
    tolerance: 1e-3,
    peers: ['pytorch', 'pytorch-compile', 'keras', 'tfjs-stock'],
  },
  {
    name: 'transformer-small/64x32/no-dropout',
    params: { ...params, network: { ...SMALL, dropout: 0 } },
    tolerance: 1e-3,
    peers: ['pytorch', 'pytorch-compile', 'keras', 'tfjs-stock'],
  },
  {
    name: 'transformer-small/64x32+targeted-dropout',
    params: { ...params, targeted: { targetFraction: 0.75, dropRate: 0.5 } },
    tolerance: 1e-3,
    peers: ['plain'],
  },
];

/**
 * The same under masks that stay, and with targeted dropout that leaves a third of the weights: our step that leaves
 * cut weights out against the same that multiplies by their zeros, and PyTorch's, whose step costs the same at every
 * sparsity. PyTorch trains the dense network: its losses are another network's.
 */
const sparseCases = [
  ...[90, 99].map((percent) => ({ name: `${percent}`, own: { sparsity: percent / 100 } })),
  { name: 'targeted-dropout', own: { targeted: { targetFraction: 0.9, dropRate: 0.75 } } },
].map(
  ({ name, own }): BenchmarkCase => ({
    name: `transformer-small/64x32+sparse/${name}`,
    params: { ...params, ...own, execution: 'auto' },
    tolerance: 1e-3,
    peers: ['dense', 'pytorch', 'pytorch-compile'],
    unchecked: ['pytorch', 'pytorch-compile'],
  }),
);

const networkOf = (params: Parameters) => params['network'] as TransformerSpec;

const inputs = (params: Parameters): Record<string, Input> => ({
  weights: transformerWeights(networkOf(params)),
  ...sentences(networkOf(params)),
});

function transformOf(params: Parameters): WeightTransform | undefined {
  const rates = params['targeted'] as { targetFraction: number; dropRate: number } | undefined;
  const sparsity = params['sparsity'] as number | undefined;
  if (sparsity !== undefined) return randomPruningTransform({ sparsity, seed: 1 });
  return rates && targetedDropoutTransform({ ...rates, seed: 1 });
}

function ours(params: Parameters): SequenceSide {
  const execution = params['execution'] as Execution | undefined;
  useFastGradients({ execution: execution ?? 'dense' });
  const { layers, batch: _, length: maximumLength, ...shape } = networkOf(params);
  const transform = transformOf(params);
  const model = new Transformer({
    ...{ ...shape, maximumLength, encoderLayers: layers, decoderLayers: layers },
    ...(transform && { transform }),
  });
  const { learningRate, beta1, beta2, epsilon, labelSmoothing } = TRAINING;
  const optimizer = adam({ beta1, beta2, epsilon });
  return {
    variables: model.variables,
    loss: ({ source, target, labels }, training, step) =>
      // Weights are cut in training alone; dropout is ours in both sides that are compared.
      sequenceLoss(model.apply(source!, target!, { training: training || execution !== undefined, step }), labels!, {
        labelSmoothing,
      }),
    update: (variables, gradients) =>
      optimizer.step(
        variables,
        variables.map(({ name }) => gradients[name]!),
        learningRate,
      ),
  };
}

const prepare = (params: Parameters, given: Record<string, Input>): Workload =>
  sequenceStep(ours(params), transformerVariables(networkOf(params)), given);

const stock = (params: Parameters, given: Record<string, Input>): Workload =>
  sequenceStep(stockTransformer(networkOf(params)), transformerVariables(networkOf(params)), given);

/** Our own step that multiplies by the zeros. */
const dense = (params: Parameters, given: Record<string, Input>): Workload =>
  prepare({ ...params, execution: 'dense' }, given);

/** Our own step, without targeted dropout. */
const plain = ({ targeted: _, ...params }: Parameters, given: Record<string, Input>): Workload =>
  prepare(params, given);

export const suite: Suite = {
  name: 'transformer',
  folder: 'steps',
  cases: [...cases, ...sparseCases],
  inputs,
  prepare,
  nodePeers: { 'tfjs-stock': stock, plain, dense },
};
