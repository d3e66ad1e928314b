import { philox4x32 } from './philox.js';

/** Elements per Philox block. */
const BLOCK = 128;
/** Binary digits of each element's random number. */
const DIGITS = 30;

/** Source of one step's random bits, and the probability that a bit is one. */
export interface BernoulliSource {
  /** Philox key: two 32-bit words. */
  key: readonly [number, number];
  /** An integer in [0, 2³²). */
  kernelId: number;
  /** An integer in [0, 2³²). */
  step: number;
  /** round(probability · 2³⁰), in [0, 2³⁰]. */
  threshold: number;
}

/**
 * Random bits that are one with a given probability. Element e has a random number u(e) of 30 binary digits. Digit d (0
 * is the highest) is bit e mod 32 of word ⌊e/32⌋ mod 4 of Philox4x32-10 at counter (⌊e/128⌋, kernelId, step, d). The
 * bit of e is one if and only if u(e) < threshold. Digits are drawn until all 128 elements of a block are decided, or
 * the threshold has only zero digits left.
 */
export class Bernoulli {
  readonly #bits = new Int32Array(BLOCK / 32);
  #block = -1;

  constructor(private readonly source: BernoulliSource) {}

  /** Whether the bit of element `e`, an integer in [0, 2³⁹), is one. Fastest for ascending elements. */
  at(e: number): boolean {
    const block = Math.floor(e / BLOCK);
    if (block !== this.#block) this.#draw(block);
    const bit = e % BLOCK;
    return (((this.#bits[bit >> 5] as number) >>> (bit & 31)) & 1) === 1;
  }

  #draw(block: number): void {
    const { key, kernelId, step, threshold } = this.source;
    const always = threshold === 2 ** DIGITS;
    const drawn = new Uint32Array(4);
    const equal = new Int32Array(4).fill(-1);
    this.#bits.fill(always ? -1 : 0);
    let left = always ? 0 : threshold;
    for (let digit = 0; left !== 0 && equal.some((bits) => bits !== 0); digit++) {
      philox4x32(drawn, [block, kernelId, step, digit], key);
      const place = 2 ** (DIGITS - 1 - digit);
      const isOne = (threshold & place) !== 0;
      for (let i = 0; i < 4; i++) {
        const [before, ones] = [equal[i] as number, drawn[i] as number];
        if (isOne) this.#bits[i] = (this.#bits[i] as number) | (before & ~ones);
        equal[i] = before & (isOne ? ones : ~ones);
      }
      left &= ~place;
    }
    this.#block = block;
  }
}
