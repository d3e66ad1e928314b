/** When: how a quantity moves from its first to its last value over a span of steps. */
export interface Schedule {
  readonly name: string;
  /** The formula, p being the part of the span that is over. */
  readonly about: string;
  /**
   * The part of its last value that a quantity has that grows (a sparsity, γ, α): from 0 at the start to 1 from `span`
   * on.
   *
   * @param elapsed steps since the start; before it, below 0, the part is 0
   */
  rise(elapsed: number, span: number): number;
  /**
   * The part of its first value that a quantity still has that shrinks (the share of weights that are renewed): from 1
   * to 0.
   */
  fall(elapsed: number, span: number): number;
}

/** The part of a span that is over, in [0, 1]. */
export function progress(elapsed: number, span: number): number {
  return Math.min(1, Math.max(0, elapsed / span));
}
