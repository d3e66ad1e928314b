import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { ADAM_STEP, type AdamStepAttributes } from './adam.js';
import { SGD_STEP, type SgdStepAttributes } from './sgd.js';

/** Splits the input values into `lists` lists of `count` arrays. */
function listsOf(cpu: CpuBackend, inputs: tf.NamedTensorInfoMap, count: number, lists: number): Float32Array[][] {
  return Array.from({ length: lists }, (_, list) =>
    Array.from({ length: count }, (_, i) => floatValues(cpu, inputs[list * count + i] as tf.TensorInfo)),
  );
}

/** The factor of all gradients. NaN if a gradient contains NaN, because Math.min propagates it. */
function clipFactor(gradients: readonly Float32Array[], clipNorm: number): number {
  if (clipNorm === 0) return 1;
  let sum = 0;
  for (const gradient of gradients) for (const value of gradient) sum += value * value;
  const factor = clipNorm / (Math.sqrt(sum) + 1e-6);
  return Math.min(factor, 1);
}

/** Plain JavaScript kernel of `sgd`. */
export const sgdStepCpu: tf.KernelConfig = {
  kernelName: SGD_STEP,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const a = attrs as unknown as SgdStepAttributes;
    const [variables, gradients, momenta] = listsOf(cpu, inputs, a.count, a.hasMomentum ? 3 : 2) as Float32Array[][];
    const clip = clipFactor(gradients!, a.clipNorm);
    const moved: Float32Array[] = [];
    const values = variables!.map((variable, k) => {
      const [l2, shrink] = [a.decay[2 * k]!, a.decay[2 * k + 1]!];
      const gradient = gradients![k]!;
      const momentum = momenta?.[k];
      const next = new Float32Array(variable.length);
      const slot = new Float32Array(momentum === undefined ? 0 : variable.length);
      for (let i = 0; i < variable.length; i++) {
        const w = variable[i]!;
        const g = gradient[i]! * clip + l2 * w;
        let move = g;
        if (momentum !== undefined) {
          slot[i] = a.momentum * momentum[i]! + g;
          move = a.nesterov ? g + a.momentum * slot[i]! : slot[i]!;
        }
        next[i] = w * shrink - a.learningRate * move;
      }
      moved.push(slot);
      return next;
    });
    return outputs(cpu, inputs, a.count, a.hasMomentum ? [values, moved] : [values]);
  },
};

/** Plain JavaScript kernel of `adam`. */
export const adamStepCpu: tf.KernelConfig = {
  kernelName: ADAM_STEP,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const a = attrs as unknown as AdamStepAttributes;
    const [variables, gradients, means, squares] = listsOf(cpu, inputs, a.count, 4) as Float32Array[][];
    const clip = clipFactor(gradients!, a.clipNorm);
    const lists: Float32Array[][] = [[], [], []];
    for (let k = 0; k < a.count; k++) {
      const [l2, shrink] = [a.decay[2 * k]!, a.decay[2 * k + 1]!];
      const variable = variables![k]!;
      const [next, mean, square] = lists.map((list) => {
        list.push(new Float32Array(variable.length));
        return list[k];
      }) as [Float32Array, Float32Array, Float32Array];
      for (let i = 0; i < variable.length; i++) {
        const w = variable[i]!;
        const g = gradients![k]![i]! * clip + l2 * w;
        const old = means![k]![i]!;
        mean[i] = old + (1 - a.beta1) * (g - old);
        square[i] = a.beta2 * squares![k]![i]! + (1 - a.beta2) * g * g;
        next[i] = w * shrink - (a.stepSize * mean[i]!) / (Math.sqrt(square[i]!) * a.rootScale + a.epsilon);
      }
    }
    return outputs(cpu, inputs, a.count, lists);
  },
};

function outputs(
  cpu: CpuBackend,
  inputs: tf.NamedTensorInfoMap,
  count: number,
  lists: readonly Float32Array[][],
): tf.TensorInfo[] {
  return lists.flatMap((list) =>
    list.map((values, i) => cpu.makeTensorInfo((inputs[i % count] as tf.TensorInfo).shape, 'float32', values)),
  );
}
