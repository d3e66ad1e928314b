/** The parts of tfjs's backends that kernels use. The packages do not export types for them. */

import type * as tf from '@tensorflow/tfjs';

/** The plain JavaScript backend. */
export interface CpuBackend {
  readonly data: { get(id: object): { values: Float32Array | Int32Array | Uint8Array } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Float32Array | Int32Array | Uint8Array): tf.TensorInfo;
}

/** An attribute of a TensorFlow operation, in the form of tfjs-node's binding. */
export interface OpAttribute {
  name: string;
  type: number;
  value: string | boolean | number | number[];
}

/** tfjs-node's backend: TensorFlow's eager runtime in this process. */
export interface TensorflowBackend {
  readonly binding: Record<
    'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_INT' | 'TF_FLOAT' | 'TF_BOOL',
    number
  >;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  /** Adds a reference to shared tensor data. */
  incRef(dataId: object): void;
  applyActivation(
    input: tf.Tensor,
    activation: string,
    preluActivationWeights?: tf.Tensor,
    leakyreluAlpha?: number,
  ): tf.Tensor;
}

/** Values of a float32 tensor on backend `cpu`. */
export function floatValues(backend: CpuBackend, info: tf.TensorInfo): Float32Array {
  return backend.data.get(info.dataId).values as Float32Array;
}
