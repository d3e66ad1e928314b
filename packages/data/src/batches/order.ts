import { CounterRandom, integerBelow, STREAM } from '../random.js';

/**
 * The order of images in one epoch: 0 … count − 1, or a permutation (Fisher–Yates) that depends on (seed, epoch) alone and
 * is the same on every machine.
 */
export function epochOrder(count: number, options: { shuffle: boolean; seed: number; epoch: number }): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (!options.shuffle) return order;
  const random = new CounterRandom(options.seed);
  const words = new Uint32Array(4);
  for (let i = count - 1; i > 0; i--) {
    // One call gives the words of four neighbouring positions.
    if ((i & 3) === 3 || i === count - 1) random.draw(options.epoch, i >>> 2, 0, STREAM.order, words);
    const j = integerBelow(words[i & 3]!, i + 1);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  return order;
}
