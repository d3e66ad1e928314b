import * as tf from '@tensorflow/tfjs';
import type { CutWeights } from '../cut-weights.js';
import type { Choices, Pass } from './execution-choice.js';

/** What a layer with a kernel chose when a training pass called it. */
export interface LayerExecution {
  /** The layer of tf.layers. */
  readonly layer: object;
  /** Of the input, the batch first. */
  readonly inputShape: readonly number[];
  /** Shares of the weights that are left and of those that get a gradient, in [0, 1]; 1 where nothing is cut. */
  readonly density: number;
  readonly gradientDensity: number;
  readonly choices: Choices;
  /**
   * Each pass by itself on random input, dense or sparse, with the layer's own kernel and mask. The caller disposes
   * the results. Absent where there is no sparse form.
   */
  readonly passes?: (sparse: boolean) => Readonly<Record<Pass, () => tf.Tensor>>;
  /** Frees what the passes are computed from. */
  dispose(): void;
}

let recorded: LayerExecution[] | undefined;

/** Whether someone records. */
export const isRecording = (): boolean => recorded !== undefined;

/** Called by layers as they are computed, once for each call; only while someone records. */
export function record(execution: LayerExecution): void {
  recorded?.push(execution);
}

/** Each pass of a layer by itself, and what frees their input. */
export interface SeparatePasses {
  readonly passes: (sparse: boolean) => Readonly<Record<Pass, () => tf.Tensor>>;
  readonly dispose: () => void;
}

/**
 * Records a layer that has a sparse form, with a hold of its own on the kernel and on what decides its gradient: the
 * step frees them.
 *
 * @param separate makes the passes, when they are asked for
 */
export function recordPasses<Kernel extends tf.Tensor>(
  chosen: Omit<LayerExecution, 'passes' | 'dispose'>,
  kernel: Kernel,
  { gradient: of }: CutWeights,
  separate: (kernel: Kernel, gradient: CutWeights['gradient']) => SeparatePasses,
): void {
  const held = <T extends tf.Tensor>(tensor: T) => tf.keep(tf.clone(tensor)) as T;
  const own = held(kernel);
  const gradient = of === 'all' ? of : 'mask' in of ? { mask: held(of.mask) } : { origin: held(of.origin) };
  let made: SeparatePasses | undefined;
  record({
    ...chosen,
    passes(sparse) {
      made ??= separate(own, gradient);
      return made.passes(sparse);
    },
    dispose() {
      made?.dispose();
      tf.dispose([own, ...(gradient === 'all' ? [] : Object.values(gradient))]);
    },
  });
}

/**
 * Runs a training step and gives what its layers chose, in the order in which they ran: the choices are those by which
 * the step was computed. Layers that have no sparse form at all are not among them. Under `execution: 'dense'` no layer
 * chooses, and there are none.
 *
 * @param run synchronous
 */
export function recordExecution(run: () => void): LayerExecution[] {
  const outer = recorded;
  const mine: LayerExecution[] = [];
  recorded = mine;
  try {
    run();
    return mine;
  } catch (error) {
    for (const one of mine) one.dispose();
    throw error;
  } finally {
    recorded = outer;
  }
}
