/** Views a kernel's shape as the paper's matrix `[fanIn, units]`: column `o` holds all weights that enter unit `o`. */

/** What is ranked and cut: single weights within a column, or whole columns (units, filters). */
export type Granularity = 'weight' | 'unit';

/** A kernel seen as a matrix. It has `fanIn * units` weights. */
export interface KernelMatrix {
  readonly fanIn: number;
  readonly units: number;
}

/**
 * The matrix of a kernel: the last axis counts units, the product of all others is the fan-in. Dense kernels `[in,
 * out]` stay as they are; HWIO convolution kernels become `[H·W·I, O]`.
 *
 * @throws RangeError if `shape` has no axis
 */
export function kernelMatrix(op: string, shape: readonly number[]): KernelMatrix {
  if (shape.length === 0) {
    throw new RangeError(`${op}: kernel must have at least 1 axis (the last one counts units), got a scalar`);
  }
  const units = shape[shape.length - 1] as number;
  return { fanIn: shape.slice(0, -1).reduce((product, size) => product * size, 1), units };
}

/** How many entries one selection ranks: the rows of a column, or the columns of the kernel. */
export function rankedCount(matrix: KernelMatrix, granularity: Granularity): number {
  return granularity === 'weight' ? matrix.fanIn : matrix.units;
}
