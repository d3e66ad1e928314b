import * as tf from '@tensorflow/tfjs';
import type { MethodAtWork } from './method-at-work.js';

/**
 * The kernels that a transform with `prepare` makes for a whole training pass. The pass's first layer has them made, every
 * layer takes its own, and none outlives the layer that takes it. What a pass left behind that ended early (an exception, or a
 * part of the model run alone) is never taken by another: it would lie on another gradient tape or come from older weights.
 */
export class PreparedKernels {
  private readonly waiting = new Map<string, tf.Tensor>();
  private readonly taken = new Set<string>();
  private sources = new Map<string, object>();
  private tape: unknown;
  private preparedStep = -1;

  constructor(private readonly method: MethodAtWork) {}

  /** The kernel that `path`'s layer uses in this pass, to be disposed by the caller; undefined if it is made by `apply`. */
  take(path: string): tf.Tensor | undefined {
    if (this.method.transform.prepare === undefined) return undefined;
    // A layer that runs twice in a pass has no second prepared kernel: `apply` gives the same.
    if (this.isCurrent(path) && this.taken.has(path) && this.waiting.size > 0) return undefined;
    if (!this.isCurrent(path) || !this.waiting.has(path)) this.prepare();
    const kernel = this.waiting.get(path);
    this.waiting.delete(path);
    this.taken.add(path);
    return kernel;
  }

  /** Frees what no layer took. */
  dispose(): void {
    for (const kernel of this.waiting.values()) kernel.dispose();
    this.waiting.clear();
    this.taken.clear();
  }

  private isCurrent(path: string): boolean {
    return (
      this.preparedStep === this.method.step.value &&
      this.tape === tf.engine().state.activeTape &&
      this.sources.get(path) === this.variable(path)?.dataId
    );
  }

  private prepare(): void {
    this.dispose();
    this.sources = new Map(this.method.kernels.map(({ path, variable }) => [path, variable.dataId]));
    this.tape = tf.engine().state.activeTape;
    this.preparedStep = this.method.step.value;
    // The layer that asks may lie in a nested model, whose end would free them.
    for (const [path, kernel] of this.method.prepare() ?? []) this.waiting.set(path, tf.keep(kernel));
  }

  private variable(path: string): tf.Tensor | undefined {
    return this.method.kernels.find((kernel) => kernel.path === path)?.variable;
  }
}
