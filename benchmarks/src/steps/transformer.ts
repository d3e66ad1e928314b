import { targetedDropoutTransform } from '@winnow/baselines';
import { sequenceLoss, Transformer, transformerSizes } from '@winnow/models';
import { adam, useFastGradients } from '@winnow/ops';
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

const networkOf = (params: Parameters) => params['network'] as TransformerSpec;

const inputs = (params: Parameters): Record<string, Input> => ({
  weights: transformerWeights(networkOf(params)),
  ...sentences(networkOf(params)),
});

function ours(params: Parameters): SequenceSide {
  useFastGradients();
  const { layers, batch: _, length: maximumLength, ...shape } = networkOf(params);
  const rates = params['targeted'] as { targetFraction: number; dropRate: number } | undefined;
  const model = new Transformer({
    ...{ ...shape, maximumLength, encoderLayers: layers, decoderLayers: layers },
    ...(rates && { transform: targetedDropoutTransform({ ...rates, seed: 1 }) }),
  });
  const { learningRate, beta1, beta2, epsilon, labelSmoothing } = TRAINING;
  const optimizer = adam({ beta1, beta2, epsilon });
  return {
    variables: model.variables,
    loss: ({ source, target, labels }, training, step) =>
      sequenceLoss(model.apply(source!, target!, { training, step }), labels!, { labelSmoothing }),
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

/** Our own step, without targeted dropout. */
const plain = ({ targeted: _, ...params }: Parameters, given: Record<string, Input>): Workload =>
  prepare(params, given);

export const suite: Suite = {
  name: 'transformer',
  folder: 'steps',
  cases,
  inputs,
  prepare,
  nodePeers: { 'tfjs-stock': stock, plain },
};
