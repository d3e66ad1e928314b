import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { rowsOf } from '../float-tensor.js';
import { LAYER_NORM_GRAD } from './gradient.js';
import { LAYER_NORM } from './layer-norm.js';

/** Plain JavaScript kernel of `layerNorm`. */
export const layerNormCpu: tf.KernelConfig = {
  kernelName: LAYER_NORM,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const info = inputs['x'] as tf.TensorInfo;
    const [x, scale, offset] = ['x', 'scale', 'offset'].map((name) => floatValues(cpu, inputs[name] as tf.TensorInfo));
    const { epsilon } = attrs as unknown as { epsilon: number };
    const { rows, width } = rowsOf(info.shape);
    const y = new Float32Array(rows * width);
    const means = new Float32Array(rows);
    const inverses = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const values = x!.subarray(row * width, (row + 1) * width);
      const mean = Math.fround(values.reduce((sum, value) => sum + value, 0) / width);
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      const inverse = 1 / Math.sqrt(variance + epsilon);
      means[row] = mean;
      inverses[row] = inverse;
      for (let i = 0; i < width; i++) {
        y[row * width + i] = (values[i]! - mean) * inverse * scale![i]! + offset![i]!;
      }
    }
    return [
      cpu.makeTensorInfo(info.shape, 'float32', y),
      cpu.makeTensorInfo([rows], 'float32', means),
      cpu.makeTensorInfo([rows], 'float32', inverses),
    ];
  },
};

/** Plain JavaScript kernel of its gradients. */
export const layerNormGradCpu: tf.KernelConfig = {
  kernelName: LAYER_NORM_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend }) {
    const cpu = backend as CpuBackend;
    const info = inputs['x'] as tf.TensorInfo;
    const [x, scale, dy, means, inverses] = ['x', 'scale', 'dy', 'means', 'inverses'].map((name) =>
      floatValues(cpu, inputs[name] as tf.TensorInfo),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
    const { rows, width } = rowsOf(info.shape);
    const dx = new Float32Array(rows * width);
    const dScale = new Float64Array(width);
    const dOffset = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      const begin = row * width;
      const [mean, inverse] = [means[row]!, inverses[row]!];
      let [sumG, sumGz] = [0, 0];
      for (let i = 0; i < width; i++) {
        const z = (x[begin + i]! - mean) * inverse;
        const d = dy[begin + i]!;
        sumG += d * scale[i]!;
        sumGz += d * scale[i]! * z;
        dScale[i] = dScale[i]! + d * z;
        dOffset[i] = dOffset[i]! + d;
      }
      for (let i = 0; i < width; i++) {
        const z = (x[begin + i]! - mean) * inverse;
        dx[begin + i] = inverse * (dy[begin + i]! * scale[i]! - sumG / width - (z * sumGz) / width);
      }
    }
    return [
      cpu.makeTensorInfo(info.shape, 'float32', dx),
      cpu.makeTensorInfo([width], 'float32', Float32Array.from(dScale)),
      cpu.makeTensorInfo([width], 'float32', Float32Array.from(dOffset)),
    ];
  },
};
