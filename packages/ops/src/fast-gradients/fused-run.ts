import * as tf from '@tensorflow/tfjs';
import type { LayerLike, ModelLike } from '@winnow/graph';
import {
  type BatchNormalizationLayer,
  callFused,
  callInference,
  channelAxis,
  failsInInference,
  fitsFusedKernel,
  withChannelsLast,
} from './batch-norm-layer.js';
import { type FusionPlan, planFusions } from './fusion-plan.js';

/** A layer's `call` as tf.layers has it. */
export type LayerCall = (
  this: LayerLike,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: Record<string, unknown>,
) => tf.Tensor | tf.Tensor[];

/**
 * One training pass through one model. Layers run one after the other; what a layer leaves to a later one waits here. A
 * layer that waits for nothing computes as ever, so that a graph which runs otherwise than planned stays right.
 */
class FusedRun {
  private readonly deferred = new Map<LayerLike, tf.Tensor>();
  private readonly skips = new Map<LayerLike, tf.Tensor>();
  private readonly throughs = new Map<LayerLike, tf.Tensor>();

  constructor(private readonly plan: FusionPlan) {}

  /** BatchNorm in training. */
  norm(layer: LayerLike, input: tf.Tensor): tf.Tensor {
    if (!this.plan.norms.has(layer)) return compute(layer, input).y;
    this.deferred.set(layer, input);
    return input;
  }

  activation(layer: LayerLike): tf.Tensor | undefined {
    const fused = this.plan.activations.get(layer);
    const input = fused && this.deferred.get(fused.norm);
    if (fused === undefined || input === undefined) return undefined;
    this.deferred.delete(fused.norm);
    const skip = fused.sum && this.skips.get(fused.sum);
    const { y, through } = compute(fused.norm, input, {
      relu: true,
      through: fused.hasShortcut,
      ...(skip && { skip }),
    });
    if (through) this.throughs.set(fused.norm, through);
    return y;
  }

  /** The sum's inputs, shortcuts led through BatchNorm; and its output, if the sum is left to the activation. */
  sum(layer: LayerLike, given: readonly tf.Tensor[]): { inputs: tf.Tensor[]; output?: tf.Tensor } {
    const inputs = [...given];
    const shortcut = this.plan.shortcuts.get(layer);
    const through = shortcut && this.throughs.get(shortcut.norm);
    if (shortcut && through) inputs[shortcut.at] = through;
    const sum = this.plan.sums.get(layer);
    const deferred = sum && this.deferred.get(sum.norm);
    if (sum === undefined || deferred === undefined) return { inputs };
    const skip = inputs[1 - sum.at] as tf.Tensor;
    if (skip.dtype === 'float32' && tf.util.arraysEqual(skip.shape, deferred.shape)) {
      this.skips.set(layer, skip);
      return { inputs, output: deferred };
    }
    this.deferred.delete(sum.norm);
    inputs[sum.at] = compute(sum.norm, deferred).y;
    return { inputs };
  }
}

function compute(layer: LayerLike, input: tf.Tensor, options: Parameters<typeof callFused>[2] = {}) {
  return callFused(layer as unknown as BatchNormalizationLayer, input, options);
}

let current: FusedRun | undefined;

/** Runs a training pass of a model with its layers fused. */
export function withFusedRun<T>(model: ModelLike, run: () => T): T {
  const outer = current;
  current = new FusedRun(planFusions(model));
  try {
    return run();
  } finally {
    current = outer;
  }
}

const only = (inputs: tf.Tensor | tf.Tensor[]) => (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;

/** In the place of BatchNormalization's `call`. */
export function batchNormCall(stock: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    const input = only(inputs);
    const layer = this as unknown as BatchNormalizationLayer;
    if (kwargs?.['training'] !== true) {
      return failsInInference(layer, input) ? callInference(layer, input) : stock.call(this, inputs, kwargs);
    }
    if (channelAxis(layer, input.rank) !== input.rank - 1) {
      return withChannelsLast(layer, input, (moved) =>
        fitsFusedKernel(moved) ? compute(this, moved).y : (stock.call(this, moved, kwargs) as tf.Tensor),
      );
    }
    if (!fitsFusedKernel(input)) return stock.call(this, inputs, kwargs);
    return current?.norm(this, input) ?? compute(this, input).y;
  };
}

/** In the place of an activation's. */
export function activationCall(stock: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    return (kwargs?.['training'] === true && current?.activation(this)) || stock.call(this, inputs, kwargs);
  };
}

/** In the place of Add's. */
export function sumCall(stock: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    if (kwargs?.['training'] !== true || current === undefined || !Array.isArray(inputs)) {
      return stock.call(this, inputs, kwargs);
    }
    const led = current.sum(this, inputs);
    return led.output ?? stock.call(this, led.inputs, kwargs);
  };
}
