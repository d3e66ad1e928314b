import type * as tf from '@tensorflow/tfjs';
import type { CsrFields } from '@winnow/native/sparse';
import { type CpuBackend, floatValues } from '../backends.js';

/** The sparse matrix among a kernel's inputs on the JavaScript backend. Without `values` they are zeros. */
export function sparseArrays(backend: CpuBackend, inputs: tf.NamedTensorInfoMap, columns: number): CsrFields {
  const integers = (name: string) =>
    backend.data.get((inputs[name] as tf.TensorInfo).dataId).values as unknown as Int32Array;
  const [columnIndices, rowOffsets] = [integers('columnIndices'), integers('rowOffsets')];
  const values = inputs['values'] ? floatValues(backend, inputs['values']) : new Float32Array(columnIndices.length);
  return { rows: rowOffsets.length - 1, columns, values, columnIndices, rowOffsets };
}
