import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { drop, dropGradient } from '../targeted-dropout/kernel-cpu.js';
import { TARGETED_DROPOUT_ALL_GRAD, type TargetedDropoutAllGradAttributes } from './gradient.js';
import { TARGETED_DROPOUT_ALL, type TargetedDropoutAllAttributes } from './targeted-dropout-all.js';

/**
 * Plain JavaScript kernel of `targetedDropoutAll`, one kernel at a time. It selects by sorting, so it ignores
 * thresholds.
 */
export const targetedDropoutAllCpu: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT_ALL,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { kernels, start: _, ...common } = attrs as unknown as TargetedDropoutAllAttributes;
    const infos = kernels.map((_, i) => inputs[i] as tf.TensorInfo);
    const results = kernels.map((own, i) => drop(floatValues(cpu, infos[i]!), { ...common, ...own }));
    const columns = kernels.reduce((sum, { units }) => sum + units, 0);
    const joined = (parts: Int32Array[]) => {
      const all = Int32Array.from(parts.flatMap((part) => [...part]));
      return cpu.makeTensorInfo([all.length], 'int32', all);
    };
    return [
      joined(results.map(({ kept }) => kept)),
      joined(results.map(({ scaled }) => scaled)),
      cpu.makeTensorInfo([columns], 'int32', new Int32Array(columns)),
      ...results.map(({ output }, i) => cpu.makeTensorInfo(infos[i]!.shape, 'float32', output)),
    ];
  },
};

/** Plain JavaScript kernel of the gradients. */
export const targetedDropoutAllGradCpu: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT_ALL_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { kernels, scale } = attrs as unknown as TargetedDropoutAllGradAttributes;
    const bits = (name: string) => cpu.data.get((inputs[name] as tf.TensorInfo).dataId).values as Int32Array;
    const [kept, scaled] = [bits('kept'), bits('scaled')];
    let word = 0;
    return Array.from({ length: kernels }, (_, i) => {
      const info = inputs[i] as tf.TensorInfo;
      const dy = floatValues(cpu, info);
      const dx = dropGradient(dy, kept.subarray(word), scaled.subarray(word), scale);
      word += Math.ceil(dy.length / 32);
      return cpu.makeTensorInfo(info.shape, 'float32', dx);
    });
  },
};
