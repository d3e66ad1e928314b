/** Programs of networks that are right. */

import { NETWORK_OP_CODE as OP } from '../../lib/binding.js';
import type { Random } from './random.js';

/** An image of up to 12 × 12, some layers one after the other, and an output. */
export function networkFields(random: Random): [program: Float64Array, weights: Float32Array] {
  let [height, width, channels] = [1 + random.below(12), 1 + random.below(12), 1 + random.below(18)];
  const program: number[] = [OP.input, 0, 0, 0, height, width, channels];
  const weights: number[] = [];
  const density = random.next();
  const given = (count: number) => {
    const offset = weights.length;
    for (let i = 0; i < count; i++) weights.push(random.chance(density) ? random.next() - 0.5 : 0);
    return offset;
  };
  let nodes = 1;
  const add = (op: number, activation: number, ...rest: number[]) => {
    program.push(op, activation, 0.5, 1, nodes - 1, ...rest);
    nodes++;
  };
  for (let layer = random.below(4); layer > 0; layer--) {
    const kind = random.below(5);
    if (kind < 2) {
      const [kernel, stride, outputs] = [1 + random.below(3), 1 + random.below(2), 1 + random.below(18)];
      const padding = kernel - 1;
      const size = (from: number) => Math.floor((from + 2 * padding - kernel) / stride) + 1;
      const offsets = [given(kernel * kernel * channels * outputs), random.chance(0.5) ? given(outputs) : -1];
      const window = [kernel, kernel, stride, stride, padding, padding, padding, padding, 1, 1];
      add(OP.convolution, random.below(16), ...window, 1, channels, outputs, ...offsets, -1);
      [height, width, channels] = [size(height), size(width), outputs];
    } else if (kind === 2) {
      add(random.pick([OP.maxPool, OP.averagePool]), 0, 1, 1, 2, 2, 0, 0, 0, 0);
      [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    } else if (kind === 3) {
      add(OP.scaleShift, random.below(16), channels, given(channels), given(channels));
    } else {
      add(OP.reshape, 0, 1, 1, height * width * channels);
      [height, width, channels] = [1, 1, height * width * channels];
    }
  }
  add(OP.output, 0);
  return [Float64Array.from(program), Float32Array.from(weights)];
}
