import type * as tf from '@tensorflow/tfjs';
import type { OpAttribute, TensorflowBackend } from '../backends.js';
import { execute, intAttribute, stringAttribute } from '../tensorflow-kernel.js';
import { CONV2D, CONV2D_FILTER_GRAD, CONV2D_INPUT_GRAD, CONV2D_KEPT_FILTER_GRAD } from './conv2d.js';
import { withMask } from './mask-output.js';

/** The attributes that are lists of integers, named as TensorFlow's operation names them. */
type Lists = Readonly<Record<string, readonly number[]>>;

function attributesOf(backend: TensorflowBackend, attrs: tf.NamedAttrMap, names: readonly string[]): OpAttribute[] {
  const { groups, execution, ...lists } = attrs as unknown as Lists & { groups: number; execution?: string };
  return [
    intAttribute(backend, 'groups', groups),
    ...(execution === undefined ? [] : [stringAttribute(backend, 'execution', execution)]),
    ...names.map((name) => ({ name, type: backend.binding.TF_ATTR_INT, value: [...(lists[name] as number[])] })),
  ];
}

/** The lists that every kernel takes. */
const LISTS = ['strides', 'padding', 'dilations'];

/** A kernel of one output, named as TensorFlow's operation. */
function kernel(kernelName: string, names: readonly string[], own: readonly string[]): tf.KernelConfig {
  const lists = [...LISTS, ...own];
  return {
    kernelName,
    backendName: 'tensorflow',
    kernelFunc({ inputs, backend, attrs }) {
      const ordered = names.map((name) => inputs[name] as tf.TensorInfo);
      const call = (tensorflow: TensorflowBackend) => [
        tensorflow.executeSingleOutput(kernelName, attributesOf(tensorflow, attrs as tf.NamedAttrMap, lists), ordered),
      ];
      return execute(backend as TensorflowBackend, 'conv2d', call, [])[0] as tf.Tensor;
    },
  };
}

/** `conv2d` as TensorFlow's custom operation, and its gradients. */
export const conv2dTensorflow = withMask(kernel(CONV2D, ['x', 'filter'], []));
export const conv2dInputGradTensorflow = kernel(CONV2D_INPUT_GRAD, ['filter', 'dy'], ['rest']);
export const conv2dFilterGradTensorflow = kernel(CONV2D_FILTER_GRAD, ['x', 'dy'], ['kernel']);
/** The gradient of the kept weights, where mask is not 0 or origin is; the others have 0. */
export const conv2dKeptFilterGradTensorflow: tf.KernelConfig = {
  kernelName: CONV2D_KEPT_FILTER_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { x, dy, mask, origin } = inputs as Record<'x' | 'dy' | 'mask', tf.TensorInfo> & { origin?: tf.TensorInfo };
    const given = [x, dy, mask, ...(origin ? [origin] : [])];
    const call = (tensorflow: TensorflowBackend) => {
      const { TF_ATTR_TYPE, TF_FLOAT, TF_BOOL } = tensorflow.binding;
      const own = [
        ...attributesOf(tensorflow, attrs as tf.NamedAttrMap, LISTS),
        { name: 'T', type: TF_ATTR_TYPE, value: mask.dtype === 'bool' ? TF_BOOL : TF_FLOAT },
        intAttribute(tensorflow, 'origins', given.length - 3),
      ];
      return [tensorflow.executeSingleOutput(CONV2D_KEPT_FILTER_GRAD, own, given)];
    };
    return execute(backend as TensorflowBackend, 'conv2d', call, [])[0] as tf.Tensor;
  },
};
