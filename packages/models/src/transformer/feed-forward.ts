import type * as tf from '@tensorflow/tfjs';
import type { TransformerConfig } from './config.js';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { makeProjection, project } from './projection.js';

export function makeFeedForward(parameters: Parameters, path: string, { width, innerWidth }: TransformerConfig): void {
  makeProjection(parameters, `${path}/inner`, width, innerWidth);
  makeProjection(parameters, `${path}/outer`, innerWidth, width);
}

/** The position-wise feed-forward network: outer(activation(inner(x))). */
export function feedForward(pass: Pass, path: string, x: tf.Tensor, { activation }: TransformerConfig): tf.Tensor {
  return project(pass, `${path}/outer`, project(pass, `${path}/inner`, x, activation));
}
