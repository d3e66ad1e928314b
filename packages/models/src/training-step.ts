import * as tf from '@tensorflow/tfjs';

/**
 * The training step that the transforms of one model see. A training loop sets it; under `model.fit` or a loop that does not
 * know of it, it advances by itself: a layer that runs in training mode for the second time begins the next step.
 */
export class TrainingStep {
  private readonly ran = new Set<string>();
  private isSet = false;
  private current = 0;
  private scalar: tf.Scalar | undefined;

  /** @param needsLoop why the step must not advance by itself, if it must not */
  constructor(private readonly needsLoop?: string) {}

  /** The step as a number, from 0. */
  get value(): number {
    return this.current;
  }

  /** Sets the step; from then on it does not advance by itself. */
  set(step: number): void {
    if (!Number.isInteger(step) || step < 0 || step >= 2 ** 31) {
      throw new RangeError(`TrainingStep: step must be an integer in [0, 2147483647], got ${step}`);
    }
    this.isSet = true;
    this.move(step);
  }

  /**
   * Called by a layer that runs in training mode.
   *
   * @throws Error if the step would advance by itself and must not
   */
  enter(path: string): void {
    if (!this.isSet && this.ran.has(path)) {
      if (this.needsLoop !== undefined) throw new Error(`applyTransform: ${this.needsLoop}`);
      this.move(this.current + 1);
    }
    this.ran.add(path);
  }

  /** The step as an int32 scalar that outlives the caller's tidy; owned by this object. */
  tensor(): tf.Scalar {
    if (this.scalar === undefined || this.scalar.isDisposed) this.scalar = tf.keep(tf.scalar(this.current, 'int32'));
    return this.scalar;
  }

  /** Frees the scalar. */
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
