import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { rowsOf } from '../float-tensor.js';
import {
  BIAS_ACTIVATION,
  BIAS_ACTIVATION_KINDS,
  type BiasActivationAttributes,
  type BiasActivationKind,
} from './bias-activation.js';
import { geluSlope, geluTanhSlope, geluTanhValue, geluValue } from './gelu.js';
import { BIAS_ACTIVATION_GRAD, COLUMN_SUMS } from './gradient.js';

const VALUES: Readonly<Record<BiasActivationKind, (u: number) => number>> = {
  none: (u) => u,
  relu: (u) => Math.max(u, 0),
  gelu: geluValue,
  gelu_tanh: geluTanhValue,
};

const SLOPES: Readonly<Record<BiasActivationKind, (u: number) => number>> = {
  none: () => 1,
  relu: (u) => (u > 0 ? 1 : 0),
  gelu: geluSlope,
  gelu_tanh: geluTanhSlope,
};

/** Yields x + bias for every element; x alone if the bias is empty. */
function* sums(x: Float32Array, bias: Float32Array): Iterable<[number, number]> {
  for (const [i, value] of x.entries()) {
    yield [i, bias.length === 0 ? value : Math.fround(value + (bias[i % bias.length] as number))];
  }
}

function columnSums(values: Float32Array, width: number): Float32Array {
  const totals = new Float64Array(width);
  for (const [i, value] of values.entries()) totals[i % width] = (totals[i % width] as number) + value;
  return Float32Array.from(totals);
}

/** Plain JavaScript kernels of `gelu` and `addBias`. */
export const biasActivationCpu: tf.KernelConfig[] = BIAS_ACTIVATION_KINDS.map((activation) => ({
  kernelName: BIAS_ACTIVATION[activation],
  backendName: 'cpu',
  kernelFunc({ inputs, backend }) {
    const cpu = backend as CpuBackend;
    const { x, bias } = inputs as Record<'x' | 'bias', tf.TensorInfo>;
    const activate = VALUES[activation];
    const values = floatValues(cpu, x);
    const y = new Float32Array(values.length);
    for (const [i, u] of sums(values, floatValues(cpu, bias))) y[i] = activate(u);
    return cpu.makeTensorInfo(x.shape, 'float32', y);
  },
}));

/** Plain JavaScript kernel of their gradients. */
export const biasActivationGradCpu: tf.KernelConfig = {
  kernelName: BIAS_ACTIVATION_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { x, bias, dy } = inputs as Record<'x' | 'bias' | 'dy', tf.TensorInfo>;
    const { activation, hasBias } = attrs as unknown as BiasActivationAttributes;
    const slope = SLOPES[activation];
    const incoming = floatValues(cpu, dy);
    const dx = new Float32Array(incoming.length);
    for (const [i, u] of sums(floatValues(cpu, x), floatValues(cpu, bias))) dx[i] = (incoming[i] as number) * slope(u);
    const { width } = rowsOf(x.shape);
    const dBias = hasBias ? columnSums(dx, width) : new Float32Array(0);
    return [cpu.makeTensorInfo(x.shape, 'float32', dx), cpu.makeTensorInfo([dBias.length], 'float32', dBias)];
  },
};

/** Plain JavaScript kernel of the sums over all axes but the last. */
export const columnSumsCpu: tf.KernelConfig = {
  kernelName: COLUMN_SUMS,
  backendName: 'cpu',
  kernelFunc({ inputs, backend }) {
    const cpu = backend as CpuBackend;
    const x = inputs['x'] as tf.TensorInfo;
    const { width } = rowsOf(x.shape);
    return cpu.makeTensorInfo([width], 'float32', columnSums(floatValues(cpu, x), width));
  },
};
