/** Calling Winnow's TensorFlow operations through tfjs-node. */

import * as tf from '@tensorflow/tfjs';
import { loadOperations } from '#native';
import type { OpAttribute, TensorflowBackend } from './backends.js';

/** A small tensor in host memory that one call needs: what changes from step to step is an input, never an attribute. */
export function hostScalars(values: readonly number[] | number, dtype: 'int32' | 'float32'): tf.Tensor {
  return typeof values === 'number' ? tf.scalar(values, dtype) : tf.tensor1d([...values], dtype);
}

/** A string attribute. */
export function stringAttribute(backend: TensorflowBackend, name: string, value: string): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_STRING, value };
}

/** A boolean attribute. */
export function boolAttribute(backend: TensorflowBackend, name: string, value: boolean): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_BOOL, value };
}

/**
 * Runs one of Winnow's operations, disposes the `temporary` inputs, and turns TensorFlow's INVALID_ARGUMENT into a
 * RangeError.
 *
 * @param label what the message speaks of as the caller knows it: `topKMask: kernel 'conv1/kernel'`
 */
export function execute(
  backend: TensorflowBackend,
  label: string,
  call: (backend: TensorflowBackend) => tf.Tensor[],
  temporary: readonly tf.Tensor[],
): tf.Tensor[] {
  loadOperations();
  try {
    return call(backend);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = /(?:topk_mask|targeted_dropout\w*|spmm|sddmm): ([^\n]*)/.exec(message)?.[1];
    if (reason === undefined) throw error;
    // Messages about other arguments than the kernel come without the op's name.
    const told = reason.trim().replace(/^kernel/, label);
    throw new RangeError(told.startsWith(label) ? told : `${label.split(':')[0]}: ${told}`, { cause: error });
  } finally {
    tf.dispose([...temporary]);
  }
}
