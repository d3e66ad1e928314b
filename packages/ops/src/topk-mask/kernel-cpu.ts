import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { selectLowest } from '../selection.js';
import { TOPK_MASK, type TopKMaskAttributes } from './topk-mask.js';

/** Plain JavaScript kernel of `topKMask`. */
export const topKMaskCpu: tf.KernelConfig = {
  kernelName: TOPK_MASK,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const kernel = inputs['kernel'] as tf.TensorInfo;
    const { fanIn, units, count, granularity, label } = attrs as unknown as TopKMaskAttributes;
    const pruned = selectLowest(label, floatValues(cpu, kernel), { fanIn, units }, count, granularity);
    const mask = new Uint8Array(fanIn * units);
    for (let i = 0; i < mask.length; i++) {
      mask[i] = 1 - (pruned[granularity === 'weight' ? i : i % units] as number);
    }
    return cpu.makeTensorInfo(kernel.shape, 'bool', mask);
  },
};
