import * as tf from '@tensorflow/tfjs';
import { currentTape } from './gradient-tape.js';
import type { MethodAtWork } from './method-at-work.js';

/**
 * Holds the kernels that a transform's `prepare` makes for a whole training pass. The first layer of the pass triggers
 * `prepare`, and every layer takes its own kernel. Kernels left over from a pass that ended early (by an exception, or
 * because only part of the model ran) are never reused: they belong to another gradient tape or to older weights.
 */
export class PreparedKernels {
  private readonly waiting = new Map<string, tf.Tensor>();
  private readonly taken = new Set<string>();
  private sources = new Map<string, object>();
  private tape: unknown;
  private preparedStep = -1;

  constructor(private readonly method: MethodAtWork) {}

  /** The prepared kernel of `path` for this pass, disposed by the caller; undefined if `apply` has to make it. */
  take(path: string): tf.Tensor | undefined {
    if (this.method.transform.prepare === undefined) return undefined;
    // A layer that runs a second time in a pass has no prepared kernel left. `apply` gives the same one.
    if (this.isCurrent(path) && this.taken.has(path) && this.waiting.size > 0) return undefined;
    if (!this.isCurrent(path) || !this.waiting.has(path)) this.prepare();
    const kernel = this.waiting.get(path);
    this.waiting.delete(path);
    this.taken.add(path);
    return kernel;
  }

  /** Disposes the kernels that no layer took. */
  dispose(): void {
    for (const kernel of this.waiting.values()) kernel.dispose();
    this.waiting.clear();
    this.taken.clear();
  }

  private isCurrent(path: string): boolean {
    return (
      this.preparedStep === this.method.step.value &&
      this.tape === currentTape() &&
      this.sources.get(path) === this.variable(path)?.dataId
    );
  }

  private prepare(): void {
    this.dispose();
    this.sources = new Map(this.method.kernels.map(({ path, variable }) => [path, variable.dataId]));
    this.tape = currentTape();
    this.preparedStep = this.method.step.value;
    // Keep the kernels: the layer may be in a nested model, whose tidy would dispose them.
    for (const [path, kernel] of this.method.prepare() ?? []) this.waiting.set(path, tf.keep(kernel));
  }

  private variable(path: string): tf.Tensor | undefined {
    return this.method.kernels.find((kernel) => kernel.path === path)?.variable;
  }
}
