import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { BATCH_NORM, BATCH_NORM_GRAD, type BatchNormAttributes, type BatchNormGradAttributes } from './batch-norm.js';

/** Mean and population variance of a channel, in double precision. */
function statistics(x: Float32Array, channels: number, channel: number): { mean: number; variance: number } {
  const rows = x.length / channels;
  let [sum, squares] = [0, 0];
  for (let i = channel; i < x.length; i += channels) sum += x[i] as number;
  const mean = rows === 0 ? 0 : sum / rows;
  for (let i = channel; i < x.length; i += channels) squares += ((x[i] as number) - mean) ** 2;
  return { mean, variance: rows === 0 ? 0 : squares / rows };
}

/** Plain JavaScript kernel of `batchNorm`. */
export const batchNormCpu: tf.KernelConfig = {
  kernelName: BATCH_NORM,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { epsilon, relu, momentum, hasSkip, hasThrough } = attrs as unknown as BatchNormAttributes;
    const values = (name: string) => floatValues(cpu, inputs[name] as tf.TensorInfo);
    const [x, scale, offset] = [values('x'), values('scale'), values('offset')];
    const [movingMean, movingVariance] = [values('movingMean'), values('movingVariance')];
    const skip = hasSkip ? values('skip') : undefined;
    const channels = scale.length;
    const y = new Float32Array(x.length);
    const vectors = Array.from({ length: 4 }, () => new Float32Array(channels));
    const [means, variances, movedMean, movedVariance] = vectors as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let channel = 0; channel < channels; channel++) {
      const { mean, variance } = statistics(x, channels, channel);
      const factor = (scale[channel] as number) / Math.sqrt(variance + epsilon);
      const moved = (from: number, to: number) => from - (from - to) * (1 - momentum);
      means[channel] = mean;
      variances[channel] = variance;
      movedMean[channel] = moved(movingMean[channel] as number, mean);
      movedVariance[channel] = moved(movingVariance[channel] as number, variance);
      for (let i = channel; i < x.length; i += channels) {
        const sum = ((x[i] as number) - mean) * factor + (offset[channel] as number) + (skip?.[i] ?? 0);
        y[i] = relu && sum < 0 ? 0 : sum;
      }
    }
    const info = inputs['x'] as tf.TensorInfo;
    const outputs = [
      cpu.makeTensorInfo(info.shape, 'float32', y),
      ...vectors.map((vector) => cpu.makeTensorInfo([channels], 'float32', vector)),
    ];
    return hasThrough ? [...outputs, cpu.makeTensorInfo(info.shape, 'float32', x.slice())] : outputs;
  },
};

/** Plain JavaScript kernel of the gradients. */
export const batchNormGradCpu: tf.KernelConfig = {
  kernelName: BATCH_NORM_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { epsilon, relu, hasSkip, hasThrough } = attrs as unknown as BatchNormGradAttributes;
    const values = (name: string) => floatValues(cpu, inputs[name] as tf.TensorInfo);
    const [dy, x, scale, offset] = [values('dy'), values('x'), values('scale'), values('offset')];
    const [mean, variance] = [values('mean'), values('variance')];
    const y = hasSkip ? values('y') : undefined;
    const added = hasThrough ? values('added') : undefined;
    const channels = scale.length;
    const rows = x.length / channels;
    const [dx, g] = [new Float32Array(x.length), new Float32Array(x.length)];
    const [dScale, dOffset] = [new Float32Array(channels), new Float32Array(channels)];
    for (let channel = 0; channel < channels; channel++) {
      const inverse = 1 / Math.sqrt((variance[channel] as number) + epsilon);
      const factor = (scale[channel] as number) * inverse;
      const centred = (i: number) => (x[i] as number) - (mean[channel] as number);
      let [sum, product] = [0, 0];
      for (let i = channel; i < x.length; i += channels) {
        const output = y?.[i] ?? centred(i) * factor + (offset[channel] as number);
        g[i] = relu && !(output > 0) ? 0 : (dy[i] as number);
        sum += g[i] as number;
        product += (g[i] as number) * centred(i);
      }
      dOffset[channel] = sum;
      dScale[channel] = product * inverse;
      const slope = (product * inverse * inverse) / rows;
      for (let i = channel; i < x.length; i += channels) {
        dx[i] = factor * ((g[i] as number) - sum / rows - centred(i) * slope) + (added?.[i] ?? 0);
      }
    }
    const { shape } = inputs['x'] as tf.TensorInfo;
    const outputs = [
      cpu.makeTensorInfo(shape, 'float32', dx),
      cpu.makeTensorInfo([channels], 'float32', dScale),
      cpu.makeTensorInfo([channels], 'float32', dOffset),
    ];
    return hasSkip ? [...outputs, cpu.makeTensorInfo(shape, 'float32', g)] : outputs;
  },
};
