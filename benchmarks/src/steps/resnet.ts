import { randomPruningTransform, targetedDropoutTransform } from '@winnow/baselines';
import { cifarResNet, resnet, wideResNet } from '@winnow/models';
import { type Execution, useFastGradients, type WeightTransform } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { classifierStep, ourUpdate, setKernels, stockUpdate, TRAINING } from './classifier-step.js';
import { imageBatch } from './image-batch.js';
import { heNormal, type ResNetSpec, resnetKernels } from './resnet-spec.js';

/** A training step of residual networks on images of CIFAR-10's size. */
const common = { blocks: 5, firstKernelSize: 3, firstWidth: 16, classes: 10, batch: 128, epsilon: 1e-5 };
const NETWORKS: Readonly<Record<string, ResNetSpec>> = {
  'resnet32-he/b128': { ...common, form: 'post', padding: 'symmetric', widths: [16, 32, 64] },
  'resnet32-paper/b128': {
    ...common,
    form: 'pre',
    padding: 'same',
    epsilon: 1e-3,
    widths: [32, 64, 128],
    firstKernelSize: 7,
  },
  'wrn-16-4/b64': { ...common, form: 'pre', padding: 'symmetric', blocks: 2, widths: [64, 128, 256], batch: 64 },
};

/** Our model of a network. */
function modelOf(network: ResNetSpec, transform: WeightTransform | undefined): tf.LayersModel {
  const { form, padding, widths, blocks, firstKernelSize } = network;
  const depth = 2 + 2 * widths.length * blocks;
  const options = transform ? { transform } : {};
  if (form === 'post') return cifarResNet({ ...options, depth, widths });
  if (padding === 'symmetric') return wideResNet({ ...options, depth: depth + 2, widen: widths[0]! / 16 });
  return resnet({ ...options, depth, widths, firstKernelSize });
}

/** PyTorch with images as [n, c, h, w], its default, and as [n, h, w, c], in which its convolutions copy less. */
const PEERS = ['pytorch', 'pytorch-nhwc', 'pytorch-compile', 'pytorch-compile-nhwc', 'keras', 'tfjs-stock'];

const cases = Object.entries(NETWORKS).flatMap(([name, network]): BenchmarkCase[] => {
  const params = { network, kernels: resnetKernels(network), training: TRAINING };
  return [
    { name, params, tolerance: 2e-3, peers: PEERS },
    {
      name: `${name}+targeted-dropout`,
      params: { ...params, dropout: { targetFraction: 0.75, dropRate: 0.5 } },
      tolerance: 0,
      peers: ['plain'],
      unchecked: ['plain'],
    },
  ];
});

/** Percentages of zeros of the fixed masks. */
const SPARSITIES = [50, 80, 90, 95, 98, 99];

/**
 * Networks under masks that stay, and with targeted dropout that leaves a third of the weights: our step that leaves
 * cut weights out against the same that multiplies by their zeros, and PyTorch's, whose step costs the same at every
 * sparsity. PyTorch trains the dense network: its losses are another network's.
 */
const SPARSE = ['resnet32-he/b128', 'wrn-16-4/b64'];
const SPARSE_FORMS = [
  ...SPARSITIES.map((percent) => ({ name: `${percent}`, own: { sparsity: percent / 100 } })),
  { name: 'targeted-dropout', own: { dropout: { targetFraction: 0.9, dropRate: 0.75 } } },
];
const sparseCases = SPARSE.flatMap((of) =>
  SPARSE_FORMS.map(({ name, own }): BenchmarkCase => {
    const network = NETWORKS[of] as ResNetSpec;
    return {
      name: `${of}+sparse/${name}`,
      params: { network, kernels: resnetKernels(network), training: TRAINING, ...own, execution: 'auto' },
      tolerance: 2e-3,
      peers: ['dense', 'pytorch-nhwc', 'pytorch-compile-nhwc'],
      unchecked: ['pytorch-nhwc', 'pytorch-compile-nhwc'],
    };
  }),
);

const networkOf = (params: Parameters) => params['network'] as ResNetSpec;

function inputs(params: Parameters): Record<string, Input> {
  const network = networkOf(params);
  return { kernels: heNormal(resnetKernels(network), 1), ...imageBatch(network.batch, network.classes) };
}

function build(params: Parameters, given: Record<string, Input>, transform?: WeightTransform): tf.LayersModel {
  const model = modelOf(networkOf(params), transform);
  setKernels(model, resnetKernels(networkOf(params)), given['kernels'] as Input);
  return model;
}

function transformOf(params: Parameters): WeightTransform | undefined {
  const rates = params['dropout'] as { targetFraction: number; dropRate: number } | undefined;
  const sparsity = params['sparsity'] as number | undefined;
  if (sparsity !== undefined) return randomPruningTransform({ sparsity, seed: 1 });
  return rates && targetedDropoutTransform({ ...rates, seed: 1 });
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  useFastGradients({ execution: (params['execution'] as Execution | undefined) ?? 'dense' });
  const model = build(params, given, transformOf(params));
  return classifierStep(model, ourUpdate(), given);
}

/** Our own step that multiplies by the zeros. */
const dense = (params: Parameters, given: Record<string, Input>): Workload =>
  prepare({ ...params, execution: 'dense' }, given);

/** Stock tf.layers: the same network on TensorFlow, with tfjs's own gradients and optimizer. */
const stock = (params: Parameters, given: Record<string, Input>): Workload =>
  classifierStep(build(params, given), stockUpdate(), given);

/** Our own step, without dropout. */
const plain = ({ dropout: _, ...params }: Parameters, given: Record<string, Input>): Workload => prepare(params, given);

export const suite: Suite = {
  name: 'resnet',
  folder: 'steps',
  cases: [...cases, ...sparseCases],
  inputs,
  prepare,
  nodePeers: { 'tfjs-stock': stock, plain, dense },
};
