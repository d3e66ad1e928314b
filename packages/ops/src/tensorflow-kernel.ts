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

/** A float attribute. */
export function floatAttribute(backend: TensorflowBackend, name: string, value: number): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_FLOAT, value };
}

/** An integer attribute. */
export function intAttribute(backend: TensorflowBackend, name: string, value: number): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_INT, value };
}

/**
 * Runs one of Winnow's operations, disposes the `temporary` inputs, and turns TensorFlow's INVALID_ARGUMENT into a
 * RangeError.
 *
 * @param label what the message speaks of as the caller knows it: `topKMask: kernel 'conv1/kernel'`; one for each kernel of
 *   an operation that takes a list of them
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
    // Messages about other arguments than the kernel come without the operation's name.
    return told.startsWith(label) ? told : `${label.split(':')[0]}: ${told}`;
  }
  return reason.replace(/^kernels\[(\d+)\]: kernel/, (_, index) => label[Number(index)] as string);
}
