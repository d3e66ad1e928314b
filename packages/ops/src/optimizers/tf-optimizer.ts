import * as tf from '@tensorflow/tfjs';
import type { Optimizer } from './optimizer.js';
import { checkPositive } from './settings.js';

/** What a stock optimizer can do, and a fused step with a learning rate per call. */
export type FusedOptimizer = tf.Optimizer & Optimizer;

/** tfjs's own type, which it does not export. */
type NamedTensor = Awaited<ReturnType<tf.Optimizer['getWeights']>>[number];

/** An optimizer's configuration. */
type Config = Record<string, number | boolean>;

/**
 * Makes a fused optimizer a `tf.Optimizer`: `model.compile`, `minimize` and a saved model's optimizer state work with
 * it. The methods of `Optimizer` stay as they are and take no notice of `learningRate`.
 */
abstract class TfOptimizer extends tf.Optimizer {
  private placed: NamedTensor[] | undefined;

  constructor(
    private readonly fused: Optimizer,
    readonly learningRate: number | undefined,
    private readonly config: Config,
    private readonly decayed: unknown,
  ) {
    super();
    // The loop's methods, as own properties: a method added to `Optimizer` needs nothing here.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(fused));
    Object.defineProperty(this, 'dispose', {
      value: () => {
        this.forgetPlaced();
        fused.dispose();
      },
    });
  }

  override applyGradients(gradients: tf.NamedTensorMap | NamedTensor[]): void {
    const op = this.fused.name;
    if (this.learningRate === undefined) {
      throw new TypeError(
        `${op}: learningRate must be given for compile and minimize, as in ${op}(0.1), got undefined`,
      );
    }
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    // tfjs passes null for a variable that the loss does not depend on.
    const reached = named.filter(({ tensor }) => tensor != null);
    const registered = tf.engine().registeredVariables;
    const variables = reached.map(({ name }) => {
      const variable = registered[name];
      if (variable === undefined) throw new RangeError(`${op}: gradients must belong to variables, got '${name}'`);
      return variable;
    });
    this.place(variables);
    this.fused.step(
      variables,
      reached.map(({ tensor }) => tensor),
      this.learningRate,
    );
    this.incrementIterations();
  }

  /** The number of steps, then the state in the order of the variables. The caller disposes the tensors. */
  override async getWeights(): Promise<NamedTensor[]> {
    const state = this.placed ?? [...this.fused.state()].map(([name, tensor]) => ({ name, tensor }));
    const copies = state.map(({ name, tensor }) => ({ name, tensor: tf.keep(tf.clone(tensor)) }));
    return [await this.saveIterations(), ...copies];
  }

  /**
   * Takes what `getWeights` gave. The state goes to the variables of the next step by their order, as in stock tfjs,
   * since the names of variables differ from process to process.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    if (!Array.isArray(weights) || weights[0]?.name !== 'iter') {
      throw new TypeError(`${this.fused.name}: weights must be what getWeights gave, the number of steps first`);
    }
    const state = await this.extractIterations(weights);
    this.forgetPlaced();
    this.placed = state.map(({ name, tensor }) => ({ name, tensor: tf.keep(tf.clone(tensor)) }));
  }

  /** @throws TypeError if the optimizer was made with a function `decayed`, which no file can hold */
  override getConfig(): tf.serialization.ConfigDict {
    if (this.decayed !== undefined) {
      throw new TypeError(
        `${this.fused.name}: an optimizer with a function 'decayed' cannot be saved; save without it`,
      );
    }
    return { ...this.config, ...(this.learningRate !== undefined && { learningRate: this.learningRate }) };
  }

  private place(variables: readonly tf.Variable[]): void {
    if (this.placed === undefined) return;
    const op = this.fused.name;
    const state = new Map<string, tf.Tensor>();
    const counts = new Map<string, number>();
    for (const { name, tensor } of this.placed) {
      const slash = name.indexOf('/');
      if (slash < 0) {
        state.set(name, tensor);
        continue;
      }
      const slot = name.slice(0, slash);
      const at = counts.get(slot) ?? 0;
      counts.set(slot, at + 1);
      const variable = variables[at];
      if (variable === undefined || !tf.util.arraysEqual(variable.shape, tensor.shape)) {
        const shape = variable === undefined ? 'none' : `[${variable.shape}]`;
        throw new RangeError(
          `${op}: weights '${name}' must have the shape of variable ${at}, ${shape}, got [${tensor.shape}]`,
        );
      }
      state.set(`${slot}/${variable.name}`, tensor);
    }
    this.fused.restore(state);
    this.forgetPlaced();
  }

  private forgetPlaced(): void {
    tf.dispose(this.placed?.map(({ tensor }) => tensor) ?? []);
    this.placed = undefined;
  }
}

/** The learning rate and the options of `sgd(options)` and `sgd(learningRate, options)`. */
export function rateAndOptions<Options extends { learningRate?: number }>(
  op: string,
  first: number | Options | undefined,
  second: Options | undefined,
): [number | undefined, Options] {
  if (typeof first === 'number') return [checkPositive(op, 'learningRate', first), second ?? ({} as Options)];
  const options = first ?? ({} as Options);
  const learningRate = options?.learningRate;
  return [learningRate === undefined ? undefined : checkPositive(op, 'learningRate', learningRate), options];
}

/**
 * A serialisable class of optimizers, registered under `className`.
 *
 * @param make makes one from a learning rate and a saved configuration
 */
export function tfOptimizerClass(className: string, make: (config: object) => FusedOptimizer) {
  class Registered extends TfOptimizer {
    static readonly className = className;
    static override fromConfig<T extends tf.serialization.Serializable>(
      _class: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      // tfjs adds the custom objects that it was called with.
      const { customObjects: _, ...saved } = config;
      return make(saved) as unknown as T;
    }
  }
  tf.serialization.registerClass(Registered as unknown as tf.serialization.SerializableConstructor<Registered>);
  return (fused: Optimizer, learningRate: number | undefined, config: Config, decayed: unknown): FusedOptimizer =>
    new Registered(fused, learningRate, config, decayed) as unknown as FusedOptimizer;
}
