import * as tf from '@tensorflow/tfjs';
import { CONV2D, CONV2D_INPUT_GRAD, CONV2D_KEPT_FILTER_GRAD } from '../conv2d/conv2d.js';
import { type Conv2dGeometry, readGeometry, restOf } from '../conv2d/geometry.js';
import { shared } from '../conv2d/mask-output.js';
import type { CutWeights } from '../cut-weights.js';
import { runKernel } from '../run-kernel.js';
import { PASSES, type Pass } from './execution-choice.js';
import type { SeparatePasses } from './record-execution.js';

/** Name of the kernel in tfjs's registry, where `useFastGradients` puts it. */
const MASKED_CONVOLUTION = 'WinnowMaskedConvolution';

/** `tf.conv2d` of a filter some of whose weights are cut; the passes that are not sparse are tfjs's. */
interface Attributes {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  /** Which passes leave cut weights out. */
  readonly passes: Readonly<Record<Pass, boolean>>;
  readonly gradient: CutWeights['gradient'];
}

/**
 * A convolution of a layer, each pass sparse or as tfjs has it.
 *
 * @param x float32 `[images, height, width, inputs]`
 * @param filter float32 `[height, width, inputs, outputs]`
 */
export function maskedConvolution(x: tf.Tensor4D, filter: tf.Tensor4D, attributes: Attributes): tf.Tensor4D {
  return tf.tidy(() => (runKernel(MASKED_CONVOLUTION, { x, filter }, attributes) as tf.Tensor4D[])[0] as tf.Tensor4D);
}

/**
 * Each pass of such a convolution by itself, on random input: to measure them. They run the code that training runs.
 *
 * @param shape of x
 * @returns with the passes, what frees their input
 */
export function separatePasses(
  shape: readonly [number, number, number, number],
  filter: tf.Tensor4D,
  { strides, pad, gradient: of }: Omit<Attributes, 'passes'>,
): SeparatePasses {
  const [x, dy, decides] = tf.tidy(() => {
    const input = tf.randomNormal<tf.Rank.R4>([...shape], 0, 1, 'float32', 1);
    const { shape: output } = tf.conv2d(input, filter, strides, pad);
    const mask = of === 'all' ? undefined : 'mask' in of ? maskFor(of.mask, filter.shape) : of.origin;
    return [input, tf.randomNormal<tf.Rank.R4>(output, 0, 1, 'float32', 2), mask && tf.clone(mask)] as const;
  });
  const saved = [x, filter, ...(decides ? [decides] : [])];
  return {
    passes(sparse) {
      const passes = Object.fromEntries(PASSES.map((pass) => [pass, sparse])) as Record<Pass, boolean>;
      const attributes: Attributes = { strides, pad, passes, gradient: of };
      const gradients = () => gradient.gradFunc(dy, saved, attributes as unknown as tf.NamedAttrMap);
      return {
        forward: () => maskedConvolution(x, filter, attributes),
        inputGradient: () => gradients()['x']!() as tf.Tensor,
        filterGradient: () => gradients()['filter']!() as tf.Tensor,
      };
    },
    dispose: () => tf.dispose([x, dy, ...(decides ? [decides] : [])]),
  };
}

function geometryOf({ strides, pad }: Attributes, x: tf.TensorInfo, filter: tf.TensorInfo): Conv2dGeometry {
  const [height, width] = x.shape.slice(1) as [number, number];
  return readGeometry('conv2d', { strides, pad }, [height, width], filter.shape.slice(0, 2) as [number, number]);
}

/** What tfjs's own kernels are told. */
const stockAttributes = ({ strides, pad }: Attributes) => ({ strides, pad, dataFormat: 'NHWC', dilations: [1, 1] });

const kernel: tf.KernelConfig = {
  kernelName: MASKED_CONVOLUTION,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
    const attributes = attrs as unknown as Attributes;
    const { passes, gradient } = attributes;
    const isSparse = passes.forward;
    const run = tf.getKernel(isSparse ? CONV2D : tf.Conv2D, 'tensorflow').kernelFunc;
    const own = isSparse ? { ...geometryOf(attributes, x, filter), execution: 'sparse' } : stockAttributes(attributes);
    const y = run({ inputs, backend, attrs: own as unknown as tf.NamedAttrMap }) as tf.TensorInfo;
    if (gradient === 'all') return [y];
    const decides = 'mask' in gradient ? maskFor(gradient.mask, filter.shape) : gradient.origin;
    // For the gradient, since what a mask was made of may be gone by then. No input: no gradient goes to it.
    return [y, shared(decides, 'tensorflow', backend)];
  },
};

/** A mask of units is that of their columns. */
function maskFor(mask: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return mask.rank === shape.length ? mask : tf.broadcastTo(mask, shape as [number, number, number, number]);
}

const gradient: tf.GradConfig = {
  kernelName: MASKED_CONVOLUTION,
  inputsToSave: ['x', 'filter'],
  outputsToSave: [false, true],
  gradFunc(dys, saved, attrs) {
    const [x, filter, decides] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D?];
    const dy = (Array.isArray(dys) ? dys[0] : dys) as tf.Tensor4D;
    const attributes = attrs as unknown as Attributes;
    const { passes, gradient: of } = attributes;
    const geometry = geometryOf(attributes, x, filter);
    const [height, width] = filter.shape;
    const run = (name: string, inputs: tf.NamedTensorMap, own: object) => runKernel(name, inputs, own) as tf.Tensor;
    return {
      x: () => {
        if (!passes.inputGradient) {
          const own = { ...stockAttributes(attributes), inputShape: x.shape };
          return run(tf.Conv2DBackpropInput, { dy, filter }, own);
        }
        const rest = restOf([x.shape[1], x.shape[2]], [dy.shape[1], dy.shape[2]], [height, width], geometry);
        return run(CONV2D_INPUT_GRAD, { filter, dy }, { ...geometry, rest, execution: 'sparse' });
      },
      filter: () => {
        if (of === 'all' || decides === undefined || !passes.filterGradient) {
          const own = { ...stockAttributes(attributes), filterShape: filter.shape };
          return run(tf.Conv2DBackpropFilter, { x, dy }, own);
        }
        const kept: tf.NamedTensorMap = 'mask' in of ? { mask: decides } : { mask: filter, origin: decides };
        return run(CONV2D_KEPT_FILTER_GRAD, { x, dy, ...kept }, geometry);
      },
    };
  },
};

/**
 * Registers it.
 *
 * @returns a function that undoes that
 */
export function registerMaskedConvolution(): () => void {
  tf.registerKernel(kernel);
  tf.registerGradient(gradient);
  return () => {
    tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    tf.unregisterGradient(kernel.kernelName);
  };
}
