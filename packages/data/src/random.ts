/**
 * Random numbers of data order and augmentation: a pure function from (seed, place) to 128 bits. Nothing is carried
 * from one image to the next, so the order in which batches are made changes nothing.
 */

import { philox4x32, seedToKey } from '@winnow/ops/philox';

/** What a number is drawn for: the fourth word of the counter, so that two uses never see the same bits. */
export const STREAM = { order: 0x6f726465, augment: 0x6175676d, synthetic: 0x73796e74 } as const;

/** A counter-based generator for one seed. */
export class CounterRandom {
  readonly #key: readonly [number, number];

  /** @throws RangeError if `seed` is not an integer in [0, 2^53). */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`random: seed must be an integer in [0, 2^53), got ${seed}`);
    }
    this.#key = seedToKey(seed);
  }

  /**
   * Writes four random 32-bit words into `out`: those of the place (a, b, c), each an integer in [0, 2^32), in a
   * stream.
   */
  draw(a: number, b: number, c: number, stream: number, out: Uint32Array): void {
    philox4x32(out, [a, b, c, stream], this.#key);
  }
}

/** The integer in [0, limit) that a random 32-bit word stands for. */
export function integerBelow(word: number, limit: number): number {
  return Math.floor((word * limit) / 0x1_0000_0000);
}
