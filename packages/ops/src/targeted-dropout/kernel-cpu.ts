import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { Bernoulli } from '../bernoulli.js';
import { selectLowest } from '../selection.js';
import { TARGETED_DROPOUT_GRAD, type TargetedDropoutGradAttributes } from './gradient.js';
import { TARGETED_DROPOUT, type TargetedDropoutAttributes } from './targeted-dropout.js';

/**
 * Plain JavaScript kernel of `targetedDropout`: the output, the bits of kept weights and, if rescaling, the bits of
 * rescaled survivors.
 */
export const targetedDropoutCpu: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const info = inputs['kernel'] as tf.TensorInfo;
    const { output, kept, scaled } = drop(floatValues(cpu, info), attrs as unknown as TargetedDropoutAttributes);
    return [
      cpu.makeTensorInfo(info.shape, 'float32', output),
      cpu.makeTensorInfo([kept.length], 'int32', kept),
      cpu.makeTensorInfo([scaled.length], 'int32', scaled),
    ];
  },
};

/**
 * Drops weights. Returns the new kernel, one bit per kept weight, and (empty unless rescaling) one bit per weight that
 * is targeted and kept.
 */
export function drop(kernel: Float32Array, attributes: TargetedDropoutAttributes) {
  const { granularity, units, coin, scale, rescale } = attributes;
  const targeted = selectLowest(attributes.label, kernel, attributes, attributes.count, granularity);
  const coins = new Bernoulli(attributes);
  const perColumn = granularity === 'unit' && coin === 'unit';
  const output = new Float32Array(kernel.length);
  const words = Math.ceil(kernel.length / 32);
  const kept = new Int32Array(words);
  const scaled = new Int32Array(rescale ? words : 0);
  for (let i = 0; i < kernel.length; i++) {
    const isTargeted = targeted[granularity === 'weight' ? i : i % units] === 1;
    if (isTargeted && coins.at(perColumn ? i % units : i)) continue;
    const isScaled = isTargeted && rescale;
    output[i] = isScaled ? (kernel[i] as number) * scale : (kernel[i] as number);
    kept[i >> 5] = (kept[i >> 5] as number) | (1 << (i & 31));
    if (isScaled) scaled[i >> 5] = (scaled[i >> 5] as number) | (1 << (i & 31));
  }
  return { output, kept, scaled };
}

/** Plain JavaScript kernel of the gradient. */
export const targetedDropoutGradCpu: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const info = inputs['dy'] as tf.TensorInfo;
    const { scale } = attrs as unknown as TargetedDropoutGradAttributes;
    const bits = (name: string) => cpu.data.get((inputs[name] as tf.TensorInfo).dataId).values;
    const dx = dropGradient(floatValues(cpu, info), bits('kept'), bits('scaled'), scale);
    return cpu.makeTensorInfo(info.shape, 'float32', dx);
  },
};

/** dy for kept weights, times the scale for rescaled ones; zero elsewhere. */
export function dropGradient(
  dy: Float32Array,
  kept: ArrayLike<number>,
  scaled: ArrayLike<number>,
  scale: number,
): Float32Array {
  const has = (bits: ArrayLike<number>, i: number) => (((bits[i >> 5] ?? 0) >> (i & 31)) & 1) === 1;
  return dy.map((value, i) => (has(kept, i) ? (has(scaled, i) ? value * scale : value) : 0));
}
