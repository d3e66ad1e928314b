/** How much of each layer: how a network's sparsity is spread over its kernels. */
export interface Allocation {
  readonly name: string;
  readonly about: string;
  /**
   * The sparsity of every kernel so that the whole network has the asked one; undefined where no kernel has one of its
   * own because all of them rank as one.
   */
  shares(shapes: readonly (readonly number[])[], sparsity: number): number[] | undefined;
}

/** The same sparsity in every kernel. */
export const uniform: Allocation = {
  name: 'uniform',
  about: 'the same share of every layer',
  shares: (shapes, sparsity) => shapes.map(() => sparsity),
};

/** One ranking over the whole network: a kernel loses what the comparison says. */
export const global: Allocation = {
  name: 'global',
  about: 'one ranking over the whole network',
  shares: () => undefined,
};
