import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { rowsOf } from '../float-tensor.js';
import { SOFTMAX_CROSS_ENTROPY_GRAD } from './gradient.js';
import { type CrossEntropyAttributes, SOFTMAX_CROSS_ENTROPY } from './softmax-cross-entropy.js';

function integers(cpu: CpuBackend, info: tf.TensorInfo): Int32Array {
  return cpu.data.get(info.dataId).values as Int32Array;
}

function checkLabels(labels: Int32Array, classes: number, ignoreLabel: number | undefined): void {
  for (const [i, label] of labels.entries()) {
    if ((label >= 0 && label < classes) || label === ignoreLabel) continue;
    throw new RangeError(`softmaxCrossEntropy: labels must be in [0, ${classes}), got ${label} at index ${i}`);
  }
}

/** Plain JavaScript kernel of `softmaxCrossEntropy`. */
export const softmaxCrossEntropyCpu: tf.KernelConfig = {
  kernelName: SOFTMAX_CROSS_ENTROPY,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { labelSmoothing: s, ignoreLabel } = attrs as unknown as CrossEntropyAttributes;
    const logitsInfo = inputs['logits'] as tf.TensorInfo;
    const logits = floatValues(cpu, logitsInfo);
    const labels = integers(cpu, inputs['labels'] as tf.TensorInfo);
    const { width: classes } = rowsOf(logitsInfo.shape);
    checkLabels(labels, classes, ignoreLabel);
    const logSums = new Float32Array(labels.length);
    const losses = new Float32Array(labels.length);
    for (const [row, label] of labels.entries()) {
      const x = logits.subarray(row * classes, (row + 1) * classes);
      let most = -Infinity;
      for (const value of x) if (value > most) most = value;
      let [sum, total] = [0, 0];
      for (const value of x) {
        sum += Math.exp(value - most);
        total += value;
      }
      const logSum = most + Math.log(sum);
      logSums[row] = logSum;
      if (label === ignoreLabel) continue;
      losses[row] = logSum - (1 - s) * (x[label] as number) - (s > 0 ? (s * total) / classes : 0);
    }
    const shape = logitsInfo.shape.slice(0, -1);
    return [losses, logSums].map((values) => cpu.makeTensorInfo(shape, 'float32', values));
  },
};

/** Plain JavaScript kernel of its gradient. */
export const softmaxCrossEntropyGradCpu: tf.KernelConfig = {
  kernelName: SOFTMAX_CROSS_ENTROPY_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { labelSmoothing: s, ignoreLabel } = attrs as unknown as CrossEntropyAttributes;
    const logitsInfo = inputs['logits'] as tf.TensorInfo;
    const logits = floatValues(cpu, logitsInfo);
    const labels = integers(cpu, inputs['labels'] as tf.TensorInfo);
    const logSums = floatValues(cpu, inputs['logSums'] as tf.TensorInfo);
    const dLosses = floatValues(cpu, inputs['dLosses'] as tf.TensorInfo);
    const { width: classes } = rowsOf(logitsInfo.shape);
    const dLogits = new Float32Array(logits.length);
    for (const [row, label] of labels.entries()) {
      if (label === ignoreLabel) continue;
      const dLoss = dLosses[row] as number;
      for (let i = 0, at = row * classes; i < classes; i++, at++) {
        const target = s / classes + (i === label ? 1 - s : 0);
        dLogits[at] = dLoss * (Math.exp((logits[at] as number) - (logSums[row] as number)) - target);
      }
    }
    return cpu.makeTensorInfo(logitsInfo.shape, 'float32', dLogits);
  },
};
