import type { Execution, Pass } from './execution-choice.js';

/** What the choice depends on. */
export interface LinearCase {
  /** Rows of x. */
  readonly tokens: number;
  readonly fanIn: number;
  readonly units: number;
  /** Share of the weights that are not cut, and of those that need a gradient. */
  readonly density: number;
  readonly gradientDensity: number;
}

/**
 * The largest density at which leaving weights out is faster, from so many rows of x on. Measured on two cores of Zen 4
 * against oneDNN's dense product, with AVX-512 and limited to AVX2, for kernels of 64 × 64 to 512 × 2048: of all the
 * lowest, with a tenth to spare. Constants, so that a run is repeated with the same bits on another machine. With few
 * rows a call's own cost and the ordering of the weights count for more.
 */
const MOST = [
  { tokens: 1024, forward: 0.5, inputGradient: 0.5, kernelGradient: 0.2 },
  { tokens: 256, forward: 0.25, inputGradient: 0.25, kernelGradient: 0.2 },
  { tokens: 64, forward: 0.1, inputGradient: 0.1, kernelGradient: 0.05 },
] as const;
/** Smaller kernels were not measured. */
const LEAST_WEIGHTS = 64 * 64;

/** The passes of a linear layer that leave weights out; `filterGradient` is that of the kernel. */
export function chooseLinearPasses(execution: Execution, of: LinearCase): Readonly<Record<Pass, boolean>> {
  if (execution !== 'auto') {
    const isSparse = execution === 'sparse';
    return { forward: isSparse, inputGradient: isSparse, filterGradient: isSparse };
  }
  const { tokens, fanIn, units, density, gradientDensity } = of;
  const most = fanIn * units >= LEAST_WEIGHTS ? MOST.find((at) => tokens >= at.tokens) : undefined;
  return {
    forward: most !== undefined && density <= most.forward,
    inputGradient: most !== undefined && density <= most.inputGradient,
    filterGradient: most !== undefined && gradientDensity <= most.kernelGradient,
  };
}
