/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"): a pure function from (key, counter) to 128
 * random bits. Nothing is carried from one image to the next, so the order in which batches are made changes nothing.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of a 32 × 32 bit product, which a double cannot hold. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

/** Writes the four 32-bit words that belong to a counter (c0, c1, c2, c3) and a key into `out`. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [x0, x1, x2, x3] = counter;
  let [key0, key1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0);
    const low0 = Math.imul(MULTIPLIER_0, x0);
    const high1 = multiplyHigh(MULTIPLIER_1, x2);
    const low1 = Math.imul(MULTIPLIER_1, x2);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x1 = low1 >>> 0;
    x3 = low0 >>> 0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

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
    this.#key = [seed >>> 0, Math.floor(seed / 0x1_0000_0000)];
  }

  /** Writes four random 32-bit words into `out`: those of the place (a, b, c), each an integer in [0, 2^32), in a stream. */
  draw(a: number, b: number, c: number, stream: number, out: Uint32Array): void {
    philox([a, b, c, stream], this.#key, out);
  }
}

/** The integer in [0, limit) that a random 32-bit word stands for. */
export function integerBelow(word: number, limit: number): number {
  return Math.floor((word * limit) / 0x1_0000_0000);
}
