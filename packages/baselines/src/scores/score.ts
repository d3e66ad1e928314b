import type * as tf from '@tensorflow/tfjs';
import type { OwnTensors, OwnVariable } from '@winnow/ops';

/** A kernel as scores see it. */
export interface Scored {
  readonly path: string;
  readonly kernel: tf.Tensor;
  /** Of the loss to the whole kernel, in the steps that asked for it. */
  readonly gradient?: tf.Tensor;
  /** The method's own variables of the kernel, among them those of the score. */
  readonly variables?: OwnTensors;
  /** What random scores are a function of, besides the path. */
  readonly seed: number;
  readonly step: number;
}

/** What is ranked: how much each weight matters. */
export interface Score {
  readonly name: string;
  readonly about: string;
  /** Whether `of` reads the gradient: not at all, in the step that ranks, or in every step until then. */
  readonly gradient: 'none' | 'now' | 'always';
  /** float32 of the kernel's shape, ≥ 0; the lowest are cut. */
  of(scored: Scored): tf.Tensor;
  /** What it remembers of a kernel between steps. */
  variables?(kernel: tf.Tensor): Record<string, OwnVariable>;
  /** Takes a step into what it remembers; the variables are to be assigned. */
  remember?(kernel: tf.Tensor, gradient: tf.Tensor, variables: Readonly<Record<string, tf.Variable>>): void;
}

/** @throws TypeError if the caller, not a training loop, left the gradient out */
export function gradientOf(score: string, { path, gradient }: Scored): tf.Tensor {
  if (gradient === undefined)
    throw new TypeError(`score '${score}': gradient of '${path}' must be a tensor, got undefined`);
  return gradient;
}
