import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { geluValue } from '../bias-activation/gelu.js';
import { sparseArrays } from '../sparse/arrays.js';
import { strides } from '../sparse/operands.js';
import { SPMM, type SpmmAttributes } from './spmm.js';

/** Plain JavaScript kernel of `spmm`. Every sum is rounded to float32 after each entry, as in TensorFlow's kernel. */
export const spmmCpu: tf.KernelConfig = {
  kernelName: SPMM,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const attributes = attrs as unknown as SpmmAttributes;
    const { transposed, denseTokensOuter, outTokensOuter, activation, hasBias, columns, keepsSums } = attributes;
    const denseInfo = inputs['dense'] as tf.TensorInfo;
    const sparse = sparseArrays('spmm', cpu, inputs, attributes).matrix;
    const dense = floatValues(cpu, denseInfo);
    const bias = floatValues(cpu, inputs['bias'] as tf.TensorInfo);
    const from = strides(denseInfo.shape, denseTokensOuter);
    const tokens = from.tokens;
    const units = transposed ? columns : sparse.rows;
    const shape = outTokensOuter ? [tokens, units] : [units, tokens];
    const to = strides(shape, outTokensOuter);

    const output = new Float32Array(tokens * units);
    for (let unit = 0; hasBias && unit < units; unit++) {
      for (let token = 0; token < tokens; token++) {
        output[unit * to.channel + token * to.token] = bias[unit] as number;
      }
    }
    for (let row = 0; row < sparse.rows; row++) {
      const end = sparse.rowOffsets[row + 1] as number;
      for (let i = sparse.rowOffsets[row] as number; i < end; i++) {
        const value = sparse.values[i] as number;
        const column = sparse.columnIndices[i] as number;
        let at = (transposed ? column : row) * to.channel;
        let source = (transposed ? row : column) * from.channel;
        for (let token = 0; token < tokens; token++, at += to.token, source += from.token) {
          output[at] = (output[at] as number) + value * (dense[source] as number);
        }
      }
    }
    const result = cpu.makeTensorInfo(shape, 'float32', activate(activation, output));
    return keepsSums ? [cpu.makeTensorInfo(shape, 'float32', output), result] : result;
  },
};

function activate(activation: SpmmAttributes['activation'], sums: Float32Array): Float32Array {
  if (activation === 'gelu') return sums.map(geluValue);
  // Keeps −0 and NaN.
  if (activation === 'relu') for (let i = 0; i < sums.length; i++) if ((sums[i] as number) < 0) sums[i] = 0;
  return sums;
}
