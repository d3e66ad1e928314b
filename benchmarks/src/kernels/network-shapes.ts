/** The prunable kernels of well-known networks as matrices [fanIn, units]. docs/performance.md lists those omitted. */

export type MatrixShape = readonly [fanIn: number, units: number];

const times = (count: number, ...shapes: MatrixShape[]): MatrixShape[] =>
  Array.from({ length: count }, () => shapes).flat();

/** Residual stages of two-convolution 3×3 blocks, with a 1×1 projection where the width changes. */
function basicBlocks(first: number, widths: readonly number[], blocks: readonly number[]): MatrixShape[] {
  let width = first;
  return widths.flatMap((next, stage) => {
    const from = width;
    width = next;
    const opening: MatrixShape[] = [
      [9 * from, next],
      [9 * next, next],
      ...(from === next ? [] : [[from, next] as const]),
    ];
    return [...opening, ...times((blocks[stage] as number) - 1, [9 * next, next], [9 * next, next])];
  });
}

/** Transformer base: d 512, feed-forward 2048, 6 + 6 layers. A decoder layer has two attentions. */
const attention = times(4, [512, 512]);
const feedForward: MatrixShape[] = [
  [512, 2048],
  [2048, 512],
];

export const NETWORKS: Readonly<Record<string, readonly MatrixShape[]>> = {
  'resnet32-16': basicBlocks(16, [16, 32, 64], [5, 5, 5]),
  'resnet32-32': basicBlocks(16, [32, 64, 128], [5, 5, 5]),
  'wrn-28-10': basicBlocks(16, [160, 320, 640], [4, 4, 4]),
  resnet102: basicBlocks(64, [64, 128, 256, 512], [3, 8, 36, 3]),
  'transformer-base': [
    ...times(6, ...attention, ...feedForward),
    ...times(6, ...attention, ...attention, ...feedForward),
  ],
};
