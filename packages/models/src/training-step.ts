import * as tf from '@tensorflow/tfjs';
import { currentTape } from './gradient-tape.js';

/**
 * The training step as the transforms of one model see it. A training loop sets it. Under `model.fit`, or in a loop
 * that does not set it, it advances by itself with every training pass. What happens within one computation of
 * gradients is one pass, however often a layer runs in it. Without gradients, a pass ends when a layer has run as often
 * as the model calls it.
 */
export class TrainingStep {
  private readonly ran = new Map<string, number>();
  private tape: WeakRef<object> | undefined;
  private isSet = false;
  private hasRun = false;
  private current = 0;
  private scalar: tf.Scalar | undefined;

  /**
   * @param needsLoop why the step must not advance by itself; undefined if it may
   * @param calls how often the model calls a layer in one pass; once, if it is not named
   * @param checkPass called when a pass begins; throws if it must not
   */
  constructor(
    private readonly needsLoop?: string,
    private readonly calls: ReadonlyMap<string, number> = new Map(),
    private readonly checkPass: () => void = () => {},
  ) {}

  /** The current step, from 0. */
  get value(): number {
    return this.current;
  }

  /** The step that comes after what has run: the current one, if nothing has run yet. */
  get next(): number {
    return this.hasRun ? this.current + 1 : this.current;
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
    if (step !== this.current) this.hasRun = false;
    this.move(step);
  }

  /** Lets the step advance by itself again, from the next one on, after it was set. */
  release(): void {
    this.isSet = false;
  }

  /**
   * Call when a layer runs in training mode.
   *
   * @returns how often it ran before in this pass
   * @throws Error if the step would have to advance by itself but must not: at the first computation of gradients,
   *   before any weight has changed. What `checkPass` throws
   */
  enter(path: string): number {
    const tape = currentTape();
    const isSamePass = tape
      ? this.tape?.deref() === tape
      : this.tape === undefined && (this.ran.get(path) ?? 0) < (this.calls.get(path) ?? 1);
    if (!isSamePass) {
      this.checkPass();
      const isFirst = this.ran.size === 0;
      if (!this.isSet && this.needsLoop !== undefined && (tape || !isFirst)) {
        throw new Error(`applyTransform: ${this.needsLoop}`);
      }
      if (!this.isSet && !isFirst) this.move(this.current + 1);
      this.ran.clear();
      // Weakly, so that the tensors of a pass are not kept alive.
      this.tape = tape ? new WeakRef(tape) : undefined;
    }
    this.hasRun = true;
    const before = this.ran.get(path) ?? 0;
    this.ran.set(path, before + 1);
    return before;
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
    this.tape = undefined;
    if (step === this.current) return;
    this.current = step;
    this.dispose();
  }
}
