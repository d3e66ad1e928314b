import type { ModelLike } from '@winnow/graph';
import { checkKeys } from '@winnow/native/value-checks';
import { graphSource } from './graph-source.js';
import { lower } from './lower/lower.js';
import { optimise } from './passes/passes.js';
import { programOf } from './program.js';
import { Session } from './session.js';

export interface CompileOptions {
  /** Threads of its own that the session's runs share, in [1, 1024]. Default: those of @winnow/native, one a core. */
  readonly threads?: number;
  /**
   * Whether layers leave out weights that are 0: `'auto'` (default) where that is faster, `'sparse'` or `'dense'`
   * always, for measurements.
   */
  readonly execution?: 'auto' | 'sparse' | 'dense';
  /** Sizes of inputs whose shape is open, without the batch, by their names. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
}

/**
 * Makes a network ready to run without TensorFlow: its weights are read once, BatchNorm is folded, biases, activations
 * and sums are fused, zeros left out where that is faster, memory planned.
 *
 * @param model a `tf.LayersModel`. What happens to it afterwards does not change the session
 * @throws RangeError that names every layer that is not supported, before any work; TypeError for what is no model;
 *   NativeAddonError if the addon is not built
 */
export async function compile(model: ModelLike, options: CompileOptions = {}): Promise<Session> {
  checkKeys('compile', 'options', options, ['threads', 'execution', 'inputShapes']);
  const { inputShapes = {}, ...rest } = options;
  const { network, inputs, outputs } = lower(graphSource(model), inputShapes);
  const program = programOf(optimise(network));
  return new Session(program, inputs, outputs, rest);
}
