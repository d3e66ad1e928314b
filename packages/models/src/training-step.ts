import * as tf from '@tensorflow/tfjs';

/**
 * The training step as the transforms of one model see it. A training loop sets it. Under `model.fit`, or in a loop
 * that does not set it, it advances by itself: a layer that runs in training mode for the second time starts the next
 * step.
 */
export class TrainingStep {
  private readonly ran = new Set<string>();
  private isSet = false;
  private current = 0;
  private scalar: tf.Scalar | undefined;

  /** @param needsLoop why the step must not advance by itself; undefined if it may */
  constructor(private readonly needsLoop?: string) {}

  /** The current step, from 0. */
  get value(): number {
    return this.current;
  }

  /**
   * Sets the step. After that it no longer advances by itself.
   *
   * @throws RangeError unless `step` is an integer in [0, 2³¹)
   */
  set(step: number): void {
    if (!Number.isInteger(step) || step < 0 || step >= 2 ** 31) {
      throw new RangeError(`TrainingStep: step must be an integer in [0, 2147483647], got ${step}`);
    }
    this.isSet = true;
    this.move(step);
  }

  /**
   * Call when a layer runs in training mode.
   *
   * @throws Error if the step would have to advance by itself but must not
   */
  enter(path: string): void {
    if (!this.isSet && this.ran.has(path)) {
      if (this.needsLoop !== undefined) throw new Error(`applyTransform: ${this.needsLoop}`);
      this.move(this.current + 1);
    }
    this.ran.add(path);
  }

  /** The step as an int32 scalar. This object owns it, so a caller's tidy does not dispose it. */
  tensor(): tf.Scalar {
    if (this.scalar === undefined || this.scalar.isDisposed) this.scalar = tf.keep(tf.scalar(this.current, 'int32'));
    return this.scalar;
  }

  /** Disposes the scalar. */
  dispose(): void {
    this.scalar?.dispose();
    this.scalar = undefined;
  }

  private move(step: number): void {
    this.ran.clear();
    if (step === this.current) return;
    this.current = step;
    this.dispose();
  }
}
