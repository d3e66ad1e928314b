import type * as tf from '@tensorflow/tfjs';

/** What a transform is told about the kernel in its hands. */
export interface TransformContext {
  /** Where the kernel is in the model, for example `stage2_block1_conv1/kernel`. */
  readonly path: string;
  /** int32 scalar: the training step, from 0. */
  readonly step: tf.Scalar;
  /** Whether the model runs in training mode. */
  readonly training: boolean;
}

/** What a layer does to its kernel before using it. Every method of sparse training is one small file behind it. */
export interface WeightTransform {
  /** Name of the method, as it is registered for loading: `targeted-dropout`. */
  readonly name: string;
  /** The kernel to use in this step. Pure: its randomness comes from the seed and the step alone. */
  apply(kernel: tf.Tensor, context: TransformContext): tf.Tensor;
  /**
   * Makes the kernels of a whole training pass at its start, by path, in place of one `apply` for each: for methods that do all in
   * one native call. Must give what `apply` would; `apply` is called for paths it leaves out, and outside training. The caller
   * disposes the tensors, which must be new ones. Most methods have none.
   */
  prepare?(
    kernels: ReadonlyMap<string, tf.Tensor>,
    context: Omit<TransformContext, 'path'>,
  ): ReadonlyMap<string, tf.Tensor>;
  /** A term for the loss, over the kernels by path (L1, L0, variational, Smallify); most methods have none. */
  penalty?(kernels: ReadonlyMap<string, tf.Variable>): tf.Scalar;
  /** The variables of its own, by name (gates, switches): checkpoints keep them, and training moves the trainable ones. Most have none. */
  variables?(): ReadonlyMap<string, tf.Variable>;
  /** What the registered factory needs to make this transform again; kept with a saved model. */
  getConfig(): Record<string, unknown>;
}

type Factory = (config: Record<string, unknown>) => WeightTransform;

const factories = new Map<string, Factory>();

/**
 * Makes a transform loadable with a saved model.
 *
 * @throws Error if another factory has the name
 */
export function registerTransform(name: string, factory: Factory): void {
  const known = factories.get(name);
  if (known !== undefined && known !== factory) throw new Error(`registerTransform: '${name}' is registered already`);
  factories.set(name, factory);
}

/**
 * The transform that a saved model names.
 *
 * @throws RangeError if no transform of that name is registered
 */
export function createTransform(name: string, config: Record<string, unknown>): WeightTransform {
  const factory = factories.get(name);
  if (factory === undefined) {
    const known = [...factories.keys()].map((key) => `'${key}'`).join(', ');
    throw new RangeError(
      `createTransform: name must be one of ${known}, got '${name}'; import the package that has it`,
    );
  }
  return factory(config);
}
