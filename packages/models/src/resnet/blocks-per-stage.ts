/**
 * Blocks of each stage from the number of layers with weights: the first and the last layer, and two convolutions a block.
 *
 * @throws RangeError unless they come out even
 */
export function blocksPerStage(op: string, depth: number, stages: number, layersOutside = 2): number {
  const blocks = (depth - layersOutside) / (2 * stages);
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(
      `${op}: depth must be ${layersOutside} + ${2 * stages}·n for ${stages} stages with n ≥ 1, got ${depth}`,
    );
  }
  return blocks;
}
