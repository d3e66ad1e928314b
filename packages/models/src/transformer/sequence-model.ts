import * as tf from '@tensorflow/tfjs';
import { type KernelSelection, selectPaths } from '@winnow/graph';
import { checkKeys } from '@winnow/native/value-checks';
import type { WeightTransform } from '@winnow/ops';
import { MethodAtWork, type PathKernel } from '../method-at-work.js';
import { checkCount } from './checks.js';
import type { TransformerConfig, TransformerShape } from './config.js';
import { CONFIG_KEYS, transformerConfig } from './config.js';
import { dropout } from './dropout.js';
import { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { sinusoidalPositions } from './positions.js';

/** Options of every Transformer. */
export interface SequenceModelOptions extends TransformerShape, Omit<KernelSelection, 'custom'> {
  /** Seed of initial weights and dropout, an integer in [0, 2⁵³). Default 0. */
  seed?: number;
  /**
   * Weight transform of all selected kernels. Default selection: all kernels of attention and feed-forward networks.
   */
  transform?: WeightTransform;
}

/** Options of a model's `apply`. */
export interface ApplyOptions {
  /** Whether to apply dropout and the weight transform in training mode. Default false. */
  training?: boolean;
  /** The training step, an integer in [0, 2³¹), which determines the masks. Set it when `training`. Default 0. */
  step?: number;
  /** The step that the weight transform sees, if several passes make up one step. Default `step`. */
  methodStep?: number | undefined;
}

/** Base of the encoder-decoder, encoder-only and decoder-only forms: weights, transform, embeddings, passes. */
export abstract class SequenceModel {
  /** The form of the Transformer, stored in saved models. */
  abstract readonly form: 'encoder-decoder' | 'encoder' | 'language-model';
  readonly config: TransformerConfig;
  readonly seed: number;
  readonly transform: WeightTransform | undefined;
  /** The kernels that a transform acts on: those of the selected attention and feed-forward projections. */
  readonly kernels: readonly PathKernel[];
  /** The applied weight transform: its variables, penalty and step. */
  readonly method: MethodAtWork | undefined;
  protected readonly parameters: Parameters;
  private readonly op: string;
  private positions: tf.Tensor | undefined;

  protected constructor(
    op: string,
    options: SequenceModelOptions,
    make: (parameters: Parameters, config: TransformerConfig) => void,
  ) {
    this.op = op;
    checkKeys(op, 'options', options, [...CONFIG_KEYS, 'seed', 'transform', 'include', 'exclude']);
    this.config = transformerConfig(op, options);
    this.seed = options.seed ?? 0;
    if (!Number.isSafeInteger(this.seed) || this.seed < 0) {
      throw new RangeError(`${op}: seed must be an integer in [0, 2⁵³), got ${options.seed}`);
    }
    this.transform = options.transform;
    this.parameters = new Parameters(this.seed);
    make(this.parameters, this.config);
    const maps = [...this.variables.keys()].filter((path) => /^(en|de)coder\/.*\/kernel$/.test(path));
    try {
      const { include, exclude } = options;
      const selection = { ...(include !== undefined && { include }), ...(exclude !== undefined && { exclude }) };
      this.kernels = selectPaths(op, maps, selection).map((path) => ({ path, variable: this.parameters.get(path) }));
      this.method = this.transform && new MethodAtWork(this.transform, this.kernels);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** All variables by path, such as `encoder/layer1/attention/query/kernel`, in model order. */
  get variables(): ReadonlyMap<string, tf.Variable> {
    return this.parameters.all();
  }

  /** The trainable variables: all of them. */
  get trainable(): readonly tf.Variable[] {
    return [...this.variables.values()];
  }

  /** Total number of elements of all variables. */
  get parameterCount(): number {
    return this.trainable.reduce((sum, { size }) => sum + size, 0);
  }

  /** Disposes all variables. */
  dispose(): void {
    for (const variable of this.trainable) variable.dispose();
    this.method?.dispose();
    this.positions?.dispose();
  }

  /** Starts one run of the model. Call it in a tidy, which disposes what the transform makes. */
  protected pass(options: ApplyOptions): Pass {
    checkKeys(this.op, 'options', options, ['training', 'step', 'methodStep']);
    const { training = false, step = 0, methodStep = step } = options;
    checkCount(this.op, 'step', step, 0);
    const { parameters, method, seed } = this;
    const rate = this.config.dropout;
    const used = new Map<string, tf.Tensor>();
    if (method !== undefined) {
      if (training) method.step.set(methodStep);
      const prepared = training ? method.prepare() : undefined;
      for (const { path } of this.kernels) used.set(path, method.kernel(path, training, prepared?.get(path)));
    }
    const forward = method?.transform.forward?.bind(method.transform);
    return {
      value: (path) => parameters.get(path),
      project(path, x, parts) {
        const kernel = used.get(path);
        if (kernel === undefined) return parts.run(x, parameters.get(path));
        return forward ? forward(x, kernel, parts, method!.context(path, training)) : parts.run(x, kernel);
      },
      dropout: (x, path) => (training && rate > 0 ? dropout(x, { rate, seed, step, path }) : x),
    };
  }

  /** Embeds `tokens [b, t]` as `[b, t, d]`: scaled by √d, plus positions starting at `first`, then dropout. */
  protected embed(pass: Pass, path: string, tokens: tf.Tensor, dropoutPath: string, first = 0): tf.Tensor {
    const { width } = this.config;
    const scaled = tf.mul(tf.gather(pass.value(path), tokens), Math.sqrt(width));
    const positions = tf.slice(this.positionTable(), [first, 0], [tokens.shape[1]!, width]);
    return pass.dropout(tf.add(scaled, positions), dropoutPath);
  }

  /** @throws TypeError or RangeError unless `tokens` is int32 `[b, t]` of an allowed length */
  protected checkTokens(argument: string, tokens: tf.Tensor): void {
    const { maximumLength } = this.config;
    if (tokens.dtype !== 'int32') throw new TypeError(`${this.op}: ${argument} must be int32, got ${tokens.dtype}`);
    if (tokens.rank !== 2)
      throw new RangeError(`${this.op}: ${argument} must be [batch, length], got [${tokens.shape}]`);
    const length = tokens.shape[1] as number;
    if (length < 1 || length > maximumLength) {
      throw new RangeError(`${this.op}: ${argument}'s length must be in [1, ${maximumLength}], got ${length}`);
    }
  }

  /** True for tokens that are not padding. */
  protected isToken(tokens: tf.Tensor): tf.Tensor {
    return tf.notEqual(tokens, this.config.padding);
  }

  private positionTable(): tf.Tensor {
    const { maximumLength, width } = this.config;
    this.positions ??= tf.keep(tf.tensor(sinusoidalPositions(maximumLength, width), [maximumLength, width]));
    return this.positions;
  }
}

/** Logits states·matrixᵀ, from the embedding matrix `[vocabulary, d]`. */
export function logitsOf(states: tf.Tensor, matrix: tf.Tensor): tf.Tensor {
  const [batch, length, width] = states.shape as [number, number, number];
  const logits = tf.matMul(tf.reshape(states, [batch * length, width]), matrix, false, true);
  return tf.reshape(logits, [batch, length, matrix.shape[0]!]);
}
