import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { sparseArrays } from '../sparse/arrays.js';
import { strides } from '../sparse/operands.js';
import { SDDMM, type SddmmAttributes } from './sddmm.js';

const PANEL_TOKENS = 64;
const LANES = 16;

/**
 * Plain JavaScript kernel of `sddmm`. It sums in the same order as TensorFlow's kernel: lanes of a panel of tokens,
 * then panels.
 */
export const sddmmCpu: tf.KernelConfig = {
  kernelName: SDDMM,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const attributes = attrs as unknown as SddmmAttributes;
    const { rowTokensOuter, columnTokensOuter, block } = attributes;
    const { rowInput, columnInput } = inputs as Record<'rowInput' | 'columnInput', tf.TensorInfo>;
    const { matrix: pattern, sources } = sparseArrays('sddmm', cpu, inputs, attributes);
    const [a, b] = [floatValues(cpu, rowInput), floatValues(cpu, columnInput)];
    const ofA = strides(rowInput.shape, rowTokensOuter);
    const ofB = strides(columnInput.shape, columnTokensOuter);
    const lanes = new Float32Array(LANES);
    const values = new Float32Array(pattern.columnIndices.length);
    for (let row = 0; row < pattern.rows; row++) {
      for (let i = pattern.rowOffsets[row] as number; i < (pattern.rowOffsets[row + 1] as number); i++) {
        const [startA, startB] = [row * ofA.channel, (pattern.columnIndices[i] as number) * ofB.channel];
        for (let panel = 0; panel < ofA.tokens; panel += PANEL_TOKENS) {
          lanes.fill(0);
          const end = Math.min(panel + PANEL_TOKENS, ofA.tokens);
          for (let token = panel; token < end; token++) {
            const product = (a[startA + token * ofA.token] as number) * (b[startB + token * ofB.token] as number);
            lanes[token % LANES] = (lanes[token % LANES] as number) + product;
          }
          values[i] = (values[i] as number) + sumOfLanes(lanes);
        }
      }
    }
    if (sources === undefined || block === undefined) return cpu.makeTensorInfo([values.length], 'float32', values);
    const blocks = (inputs['columnIndices'] as tf.TensorInfo).shape[0] as number;
    const placed = new Float32Array(blocks * block[0] * block[1]);
    for (const [entry, source] of sources.entries()) placed[source] = values[entry] as number;
    return cpu.makeTensorInfo([blocks, ...block], 'float32', placed);
  },
};

/** Adds lane i and i + 8, then i + 4, i + 2 and i + 1. Each sum is rounded to float32. */
function sumOfLanes(lanes: Float32Array): number {
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let i = 0; i < half; i++) lanes[i] = (lanes[i] as number) + (lanes[i + half] as number);
  }
  return lanes[0] as number;
}
