/** How much of each layer: allocations by name. To add one, write its file and list it here. */

import { checkChoice } from '@winnow/ops/arguments';
import { type Allocation, global, uniform } from './allocation.js';
import { erk } from './erk.js';

export const allocations = { uniform, erk, global } as const satisfies Record<string, Allocation>;

export type AllocationName = keyof typeof allocations;

/** Allocations that give each kernel a sparsity of its own. */
export type LayerAllocationName = Exclude<AllocationName, 'global'>;

export const allocationNames = Object.keys(allocations) as AllocationName[];

/** @throws RangeError that lists the allocations unless `name` is one */
export function findAllocation(op: string, name: unknown): Allocation {
  return allocations[checkChoice(op, 'allocation', name, allocationNames)];
}

/**
 * The sparsity of every kernel so that the whole network has the asked one.
 *
 * @param shapes of the kernels
 * @param sparsity of all together, in [0, 1]
 */
export function allocate(
  name: LayerAllocationName,
  shapes: readonly (readonly number[])[],
  sparsity: number,
): number[] {
  return allocations[name].shares(shapes, sparsity) as number[];
}
