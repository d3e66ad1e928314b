import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { refuseNaN } from '../selection.js';
import { RANK_MASK, type RankMaskAttributes } from './rank-mask.js';

/** Plain JavaScript kernel of `rankMask`; sorts the scores. */
export const rankMaskCpu: tf.KernelConfig = {
  kernelName: RANK_MASK,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const { scope, byMagnitude, block, globalCount, items } = attrs as unknown as RankMaskAttributes;
    const scores = items.map(({ label }, i) => {
      const values = floatValues(cpu, inputs[i] as tf.TensorInfo);
      refuseNaN(label, values);
      return byMagnitude && scope !== 'block' ? values.map(Math.abs) : values;
    });
    const masks = scores.map((values) => new Uint8Array(values.length).fill(1));
    if (scope === 'global') {
      cutAcross(scores, globalCount, masks);
    } else {
      for (const [i, { fanIn, units, count }] of items.entries()) {
        const [values, mask] = [scores[i]!, masks[i]!];
        if (scope === 'layer') cutLowest(values, Array.from(values.keys()), count, mask);
        else if (scope === 'block') cutBlocks(values, fanIn, units, block, count, mask);
        else {
          for (const group of columnGroups(fanIn, units, scope === 'column' ? fanIn : 4)) {
            cutLowest(values, group, scope === 'column' ? count : Math.floor(group.length / 2), mask);
          }
        }
      }
    }
    return masks.map((mask, i) => cpu.makeTensorInfo(items[i]!.shape, 'bool', mask));
  },
};

/** Cuts the `count` lowest-scoring entries of `indices` (ascending). */
function cutLowest(scores: Float32Array, indices: number[], count: number, mask: Uint8Array): void {
  indices.sort((a, b) => compare(scores[a] as number, scores[b] as number) || a - b);
  for (const index of indices.slice(0, count)) mask[index] = 0;
}

function cutAcross(scores: readonly Float32Array[], count: number, masks: readonly Uint8Array[]): void {
  const all = scores.flatMap((values, tensor) => Array.from(values, (score, index) => ({ score, tensor, index })));
  all.sort((a, b) => compare(a.score, b.score) || a.tensor - b.tensor || a.index - b.index);
  for (const { tensor, index } of all.slice(0, count)) masks[tensor]![index] = 0;
}

/** Compares instead of subtracting, because ∞ − ∞ is NaN. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The indices of each group of `length` consecutive rows, column by column. A column's last group may be shorter. */
function* columnGroups(fanIn: number, units: number, length: number): Generator<number[]> {
  for (let column = 0; column < units; column++) {
    for (let top = 0; top < fanIn; top += length) {
      const rows = Math.min(length, fanIn - top);
      yield Array.from({ length: rows }, (_, row) => (top + row) * units + column);
    }
  }
}

function cutBlocks(
  values: Float32Array,
  fanIn: number,
  units: number,
  [rows, columns]: readonly [number, number],
  count: number,
  mask: Uint8Array,
): void {
  const across = Math.ceil(units / columns);
  const blockOf = (index: number) => Math.floor(index / units / rows) * across + Math.floor((index % units) / columns);
  // In row order and in double precision, like all implementations.
  const norms = new Float64Array(Math.ceil(fanIn / rows) * across);
  for (const [index, value] of values.entries()) {
    const block = blockOf(index);
    norms[block] = (norms[block] as number) + value * value;
  }
  const order = Array.from(norms.keys()).sort((a, b) => compare(norms[a] as number, norms[b] as number) || a - b);
  const cut = new Set(order.slice(0, count));
  for (const index of values.keys()) if (cut.has(blockOf(index))) mask[index] = 0;
}
