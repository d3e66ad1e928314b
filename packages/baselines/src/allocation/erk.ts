import type { Allocation } from './allocation.js';

/**
 * The Erdős–Rényi-kernel rule: a kernel `[k₁, …, in, out]` gets the density ε·(k₁ + … + in + out)/(k₁·…·in·out), where
 * ε makes the total right and kernels that would exceed density 1 stay dense. Small kernels keep more.
 *
 * @see Mocanu et al., arXiv 1707.04780; Evci et al., "Rigging the Lottery", arXiv 1911.11134, section 3
 */
export const erk: Allocation = { name: 'erk', about: 'Erdős–Rényi-kernel: small layers keep more', shares };

function shares(shapes: readonly (readonly number[])[], sparsity: number): number[] {
  const sizes = shapes.map((shape) => shape.reduce((product, axis) => product * axis, 1));
  const raw = shapes.map((shape, i) => shape.reduce((sum, axis) => sum + axis, 0) / (sizes[i] as number));
  const dense = new Set<number>();
  for (;;) {
    const sum = (of: (i: number) => number) => shapes.reduce((total, _, i) => total + of(i), 0);
    const kept =
      (1 - sparsity) * sum((i) => sizes[i] as number) - sum((i) => (dense.has(i) ? (sizes[i] as number) : 0));
    const weight = sum((i) => (dense.has(i) ? 0 : (raw[i] as number) * (sizes[i] as number)));
    const epsilon = weight === 0 ? 0 : kept / weight;
    const full = shapes.flatMap((_, i) => (!dense.has(i) && epsilon * (raw[i] as number) > 1 ? [i] : []));
    if (full.length === 0) {
      return shapes.map((_, i) => (dense.has(i) ? 0 : Math.min(1, Math.max(0, 1 - epsilon * (raw[i] as number)))));
    }
    for (const i of full) dense.add(i);
  }
}
