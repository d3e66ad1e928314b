/** The little of tfjs's backends that kernels use; neither package exports these types for it. */

import type * as tf from '@tensorflow/tfjs';

/** The plain JavaScript backend. */
export interface CpuBackend {
  readonly data: { get(id: object): { values: Float32Array | Int32Array | Uint8Array } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Float32Array | Int32Array | Uint8Array): tf.TensorInfo;
}

/** An attribute of a TensorFlow operation as tfjs-node's binding takes it. */
export interface OpAttribute {
  name: string;
  type: number;
  value: string | boolean | number | number[];
}

/** The backend of tfjs-node: TensorFlow's eager runtime in the process. */
export interface TensorflowBackend {
  readonly binding: Record<
    'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_INT' | 'TF_FLOAT',
    number
  >;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  /** Counts one more tensor that shares the data. */
  incRef(dataId: object): void;
  applyActivation(
    input: tf.Tensor,
    activation: string,
    preluActivationWeights?: tf.Tensor,
    leakyreluAlpha?: number,
  ): tf.Tensor;
}

/** The values of a float32 tensor on the JavaScript backend. */
export function floatValues(backend: CpuBackend, info: tf.TensorInfo): Float32Array {
  return backend.data.get(info.dataId).values as Float32Array;
}
