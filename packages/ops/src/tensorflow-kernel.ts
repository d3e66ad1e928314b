/** Calls Winnow's TensorFlow operations through tfjs-node. */

import * as tf from '@tensorflow/tfjs';
import { loadOperations } from '#native';
import type { OpAttribute, TensorflowBackend } from './backends.js';

/**
 * A small tensor in host memory for one call. Values that change between steps are inputs, because TensorFlow caches a
 * kernel for every attribute value.
 */
export function hostScalars(values: readonly number[] | number, dtype: 'int32' | 'float32'): tf.Tensor {
  return typeof values === 'number' ? tf.scalar(values, dtype) : tf.tensor1d([...values], dtype);
}

export function stringAttribute(backend: TensorflowBackend, name: string, value: string): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_STRING, value };
}

export function boolAttribute(backend: TensorflowBackend, name: string, value: boolean): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_BOOL, value };
}

export function floatAttribute(backend: TensorflowBackend, name: string, value: number): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_FLOAT, value };
}

export function intAttribute(backend: TensorflowBackend, name: string, value: number): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_INT, value };
}

/**
 * Runs one of Winnow's operations and disposes the `temporary` inputs. TensorFlow's INVALID_ARGUMENT becomes a
 * RangeError.
 *
 * @param label the caller's name for the kernel in messages, such as `topKMask: kernel 'conv1/kernel'`; a list for an
 *   operation on several kernels
 */
export function execute(
  backend: TensorflowBackend,
  label: string | readonly string[],
  call: (backend: TensorflowBackend) => tf.Tensor[],
  temporary: readonly tf.Tensor[],
): tf.Tensor[] {
  loadOperations();
  try {
    return call(backend);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = /winnow\.\w+: ([^\n]*)/.exec(message)?.[1];
    if (reason === undefined) throw error;
    throw new RangeError(withLabel(reason.trim(), label), { cause: error });
  } finally {
    tf.dispose([...temporary]);
  }
}

function withLabel(reason: string, label: string | readonly string[]): string {
  if (typeof label === 'string') {
    const told = reason.replace(/^kernel/, label);
    // Messages about other arguments lack the operation's name.
    return told.startsWith(label) ? told : `${label.split(':')[0]}: ${told}`;
  }
  return reason.replace(/^kernels\[(\d+)\]: kernel/, (_, index) => label[Number(index)] as string);
}
