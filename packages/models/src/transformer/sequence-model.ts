import * as tf from '@tensorflow/tfjs';
import { type KernelSelection, selectPaths } from '@winnow/graph';
import type { WeightTransform } from '@winnow/ops';
import { MethodAtWork, type PathKernel } from '../method-at-work.js';
import { checkCount } from './checks.js';
import type { TransformerConfig, TransformerShape } from './config.js';
import { transformerConfig } from './config.js';
import { dropout } from './dropout.js';
import { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { sinusoidalPositions } from './positions.js';

/** What makes a model besides its architecture. */
export interface SequenceModelOptions extends TransformerShape, KernelSelection {
  /** Seed of the initial weights and of dropout's masks, an integer in [0, 2⁵³). Default 0. */
  seed?: number;
  /** What every selected kernel (default: all of attention's and the feed-forward networks') is replaced by while the model runs. */
  transform?: WeightTransform;
}

/** How a model is run. */
export interface ApplyOptions {
  /** Whether dropout and the weight transform act as in training. Default false. */
  training?: boolean;
  /** The training step, which masks depend on; an integer in [0, 2³¹). Needed for `training`. Default 0. */
  step?: number;
  /** The step that the weight transform sees, where it is not the same: several passes may make one step. Default `step`. */
  methodStep?: number | undefined;
}

/** What the encoder-decoder, encoder-only and decoder-only forms have in common: weights, transform, embeddings, passes. */
export abstract class SequenceModel {
  /** Which form of the Transformer it is; kept with saved models. */
  abstract readonly form: 'encoder-decoder' | 'encoder' | 'language-model';
  readonly config: TransformerConfig;
  readonly seed: number;
  readonly transform: WeightTransform | undefined;
  /** The kernels that the transform acts on, or would: every attention and feed-forward map that is selected. */
  readonly kernels: readonly PathKernel[];
  /** The transform at work: its own variables, its penalty, its step, what it does after the optimizer's. */
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
      this.kernels = selectPaths(op, maps, options).map((path) => ({ path, variable: this.parameters.get(path) }));
      this.method = this.transform && new MethodAtWork(this.transform, this.kernels);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** All variables by path, such as `encoder/layer1/attention/query/kernel`, in the order of the model. */
  get variables(): ReadonlyMap<string, tf.Variable> {
    return this.parameters.all();
  }

  /** The variables that training moves: all. */
  get trainable(): readonly tf.Variable[] {
    return [...this.variables.values()];
  }

  /** The number of weights, biases and norms' parameters. */
  get parameterCount(): number {
    return this.trainable.reduce((sum, { size }) => sum + size, 0);
  }

  /** Frees all variables. */
  dispose(): void {
    for (const variable of this.trainable) variable.dispose();
    this.method?.dispose();
    this.positions?.dispose();
  }

  /** One run of the model. To be called in a tidy, which frees what the transform makes. */
  protected pass({ training = false, step = 0, methodStep = step }: ApplyOptions): Pass {
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

  /** Embeddings `[b, t, d]` of `tokens [b, t]`, scaled by √d, with the positions from `first` on, and dropout. */
  protected embed(pass: Pass, path: string, tokens: tf.Tensor, dropoutPath: string, first = 0): tf.Tensor {
    const { width } = this.config;
    const scaled = tf.mul(tf.gather(pass.value(path), tokens), Math.sqrt(width));
    const positions = tf.slice(this.positionTable(), [first, 0], [tokens.shape[1]!, width]);
    return pass.dropout(tf.add(scaled, positions), dropoutPath);
  }

  /** @throws TypeError or RangeError unless `tokens` is int32 `[b, t]` of an allowed length. */
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

  /** True where `tokens` are not padding. */
  protected isToken(tokens: tf.Tensor): tf.Tensor {
    return tf.notEqual(tokens, this.config.padding);
  }

  private positionTable(): tf.Tensor {
    const { maximumLength, width } = this.config;
    this.positions ??= tf.keep(tf.tensor(sinusoidalPositions(maximumLength, width), [maximumLength, width]));
    return this.positions;
  }
}

/** states·embeddingᵀ, for logits from the matrix `[vocabulary, d]` that embeds tokens. */
export function logitsOf(states: tf.Tensor, matrix: tf.Tensor): tf.Tensor {
  const [batch, length, width] = states.shape as [number, number, number];
  const logits = tf.matMul(tf.reshape(states, [batch * length, width]), matrix, false, true);
  return tf.reshape(logits, [batch, length, matrix.shape[0]!]);
}
