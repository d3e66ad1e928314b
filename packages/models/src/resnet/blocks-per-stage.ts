/**
 * Blocks per stage of a network with `depth` layers with weights, two in every block.
 *
 * @param layersOutside layers outside the blocks, by default the first and the last
 * @throws RangeError unless the number is a positive integer
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
