import * as tf from '@tensorflow/tfjs';
import { withWholeGradient } from '@winnow/ops';

/**
 * Gradients to the kernels that layers used, zeros and masked weights included, caught on their way back through a
 * step.
 */
export class KernelGradients {
  private readonly caught = new Map<string, tf.Tensor>();
  private step = -1;

  /** The kernel itself; what flows back through it in this step is kept, added up if a layer runs more than once. */
  watch(path: string, step: number, kernel: tf.Tensor): tf.Tensor {
    const identity = tf.customGrad((input) => ({
      value: tf.clone(input as tf.Tensor),
      gradFunc: (dy) => {
        this.add(path, step, dy as tf.Tensor);
        return dy as tf.Tensor;
      },
    }));
    return withWholeGradient(identity(kernel), kernel);
  }

  /** The gradient of a kernel in this step, owned by this object. */
  of(path: string, step: number): tf.Tensor | undefined {
    return this.step === step ? this.caught.get(path) : undefined;
  }

  dispose(): void {
    for (const gradient of this.caught.values()) gradient.dispose();
    this.caught.clear();
    this.step = -1;
  }

  private add(path: string, step: number, gradient: tf.Tensor): void {
    if (step !== this.step) {
      this.dispose();
      this.step = step;
    }
    const before = this.caught.get(path);
    this.caught.set(path, tf.keep(before ? tf.add(before, gradient) : tf.clone(gradient)));
    before?.dispose();
  }
}
