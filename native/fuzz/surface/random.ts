/** Random numbers by seed, and typed arrays of them. */

/**
 * Sizes for which arrays are really made; a larger product gets an empty array, which fits only if the product is 0.
 */
const MOST_ELEMENTS = 2 ** 16;

/** Sizes that a call may name without having the memory. */
const HUGE = [2 ** 16, 2 ** 24, 2 ** 31 - 1];

export class Random {
  #state: number;
  /**
   * Whether this call's sizes are 0 or huge, with empty arrays: what bounds nothing is not bounded by lengths either.
   */
  readonly isHollow: boolean;

  constructor(seed: number, call: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(call + 1, 0x85ebca77)) >>> 0;
    this.isHollow = this.chance(0.1);
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** The size of an axis. */
  axis(least = 0): number {
    if (this.isHollow && this.chance(0.5)) return Math.max(least, this.pick([0, 0, 1, ...HUGE]));
    return Math.max(least, this.chance(0.1) ? this.below(300) : this.below(24));
  }

  floats(...sizes: number[]): Float32Array {
    const array = new Float32Array(lengthOf(sizes));
    for (let i = 0; i < array.length; i++) array[i] = this.next() * 4 - 2;
    if (array.length > 0 && this.chance(0.2)) {
      array[this.below(array.length)] = this.pick([0, -0, Infinity, -Infinity, Number.NaN, 1e-45, 3e38]);
    }
    return array;
  }

  bytes(...sizes: number[]): Uint8Array {
    return new Uint8Array(lengthOf(sizes)).map(() => this.below(2));
  }

  integers(...sizes: number[]): Int32Array {
    return new Int32Array(lengthOf(sizes)).map(() => this.below(2 ** 32));
  }
}

function lengthOf(sizes: readonly number[]): number {
  const length = sizes.includes(0) ? 0 : sizes.reduce((a, b) => a * b, 1);
  return length <= MOST_ELEMENTS ? length : 0;
}
