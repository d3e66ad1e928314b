import type * as tf from '@tensorflow/tfjs';
import type { Granularity } from './kernel-matrix.js';
import type { RankScope } from './rank-mask/rank-mask.js';

/** A method's own variables of one kernel, by name. */
export type OwnTensors = Readonly<Record<string, tf.Tensor>>;

/** What a transform is told about the kernel in its hands. */
export interface TransformContext {
  /** Where the kernel is in the model, for example `stage2_block1_conv1/kernel`. */
  readonly path: string;
  /** int32 scalar: the training step, from 0. */
  readonly step: tf.Scalar;
  /** Whether the model runs in training mode. */
  readonly training: boolean;
  /** The method's own variables of this kernel, as `variables` declared them; none for most methods. */
  readonly variables?: OwnTensors;
}

/** What `prepare` and `penalty` are told: the step, and the method's own variables by the kernels' paths. */
export interface NetworkContext {
  readonly step: tf.Scalar;
  readonly training: boolean;
  readonly variables?: ReadonlyMap<string, OwnTensors>;
}

/** What ranking a kernel is told. */
export interface RankContext {
  readonly path: string;
  readonly granularity: Granularity;
  readonly variables?: OwnTensors;
}

/** A variable of a method's own, one for each kernel: a gate, log σ², a mask. */
export interface OwnVariable {
  /** Its first value, float32, a new tensor that the caller disposes. */
  readonly initial: tf.Tensor;
  /** Whether the optimizer moves it together with the weights. Default false. */
  readonly trainable?: boolean;
  /** Whether weight decay acts on it. Default false. */
  readonly decayed?: boolean;
}

/** The kernel that variables are made for; `kernels` holds all of the network, in the order of its layers. */
export interface OwnVariableRequest {
  readonly path: string;
  readonly kernel: tf.Tensor;
  readonly kernels: ReadonlyMap<string, tf.Tensor>;
}

/** A kernel after the optimizer's step. */
export interface SteppedKernel {
  readonly kernel: tf.Variable;
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /** Gradient of the loss to the kernel that the layer used, zeros included, before the step; where `needsGradient` asked. */
  readonly gradient?: tf.Tensor;
}

/** The layer, for methods that must see its activations. */
export interface LayerParts {
  /** All of it with a kernel: linear map, bias and activation. */
  run(inputs: tf.Tensor, kernel: tf.Tensor): tf.Tensor;
  /** The linear map alone: no bias, no activation. */
  linear(inputs: tf.Tensor, kernel: tf.Tensor): tf.Tensor;
  /** Bias and activation of what `linear` gave. */
  finish(outputs: tf.Tensor): tf.Tensor;
}

/**
 * What a layer does to its kernel before using it. Every method of sparse training is one small file behind it; all but `name`,
 * `apply` and `getConfig` can be left out. Everything is a function of seed and step, so a resumed run goes on bit for bit.
 */
export interface WeightTransform {
  /** Name of the method, as it is registered for loading: `targeted-dropout`. */
  readonly name: string;
  /**
   * The kernel to use in this step, in evaluation (`training: false`) the one that evaluation sees. Pure: its randomness comes
   * from the seed and the step alone.
   */
  apply(kernel: tf.Tensor, context: TransformContext): tf.Tensor;
  /**
   * Makes the kernels of a whole training pass at its start, by path, in place of one `apply` for each: for methods that do all in
   * one native call. Must give what `apply` would; `apply` is called for paths it leaves out, and outside training. The caller
   * disposes the tensors, which must be new ones. Most methods have none.
   */
  prepare?(kernels: ReadonlyMap<string, tf.Tensor>, context: NetworkContext): ReadonlyMap<string, tf.Tensor>;
  /** A term for the loss, over the kernels by path (L1, L0, variational, Smallify); most methods have none. */
  penalty?(kernels: ReadonlyMap<string, tf.Variable>, context: NetworkContext): tf.Scalar;
  /** Variables of its own for a kernel, made when it is put into a model, trained and saved with the model. */
  variables?(request: OwnVariableRequest): Readonly<Record<string, OwnVariable>>;
  /** Computes the layer in place of running it with the kernel from `apply`: local reparameterisation, unit dropout. */
  forward?(inputs: tf.Tensor, kernel: tf.Tensor, layer: LayerParts, context: TransformContext): tf.Tensor;
  /** Whether `afterStep` of this step needs the gradient to the whole kernel that the layer used. */
  needsGradient?(step: number): boolean;
  /**
   * After the optimizer's step number `step`, from 0: changes kernels and own variables by `assign`. Runs in a tidy; the kernels
   * stand in the order of the model's layers.
   */
  afterStep?(step: number, kernels: ReadonlyMap<string, SteppedKernel>): void;
  /**
   * What pruning ranks, lowest first: the kernel's shape at granularity `'weight'`, `[units]` at `'unit'`. Without it |w| and
   * the columns' L2 norm.
   */
  scores?(kernel: tf.Tensor, context: RankContext): tf.Tensor;
  /** Among which scores pruning at granularity `'weight'` ranks. Default `'column'`. */
  readonly pruningScope?: RankScope;
  /** The weights that the method itself means to keep once training is done: bool of the kernel's shape, true = kept. */
  targetMask?(kernel: tf.Tensor, context: RankContext): tf.Tensor;
  /** Whether weight decay acts on the kernels. Default true. */
  readonly decaysKernels?: boolean;
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
