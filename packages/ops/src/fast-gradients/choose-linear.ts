import { alike, asAsked, byDensity, type Choices, type Execution } from './execution-choice.js';

/** What the choice depends on. */
export interface LinearCase {
  /** Rows of x. */
  readonly tokens: number;
  readonly fanIn: number;
  readonly units: number;
  /** Share of the weights that are not cut, and of those that need a gradient. */
  readonly density: number;
  readonly gradientDensity: number | 'all';
}

/**
 * The largest density at which leaving weights out is faster, from so many rows of x on. Measured on two cores of Zen 4
 * against oneDNN's dense product, with AVX-512 and limited to AVX2, for kernels of 64 × 64 to 512 × 2048: of all the
 * lowest, with a tenth to spare. Constants, so that a run is repeated with the same bits on another machine. With few
 * rows a call's own cost and the ordering of the weights count for more.
 */
const MOST = [
  { tokens: 1024, forward: 0.5, inputGradient: 0.5, filterGradient: 0.2 },
  { tokens: 256, forward: 0.25, inputGradient: 0.25, filterGradient: 0.2 },
  { tokens: 64, forward: 0.1, inputGradient: 0.1, filterGradient: 0.05 },
] as const;
const LEAST_ROWS = 64;
/** Smaller kernels were not measured. */
const LEAST_WEIGHTS = 64 * 64;

/** How each pass of a linear layer is computed, and why; `filterGradient` is that of the kernel. */
export function chooseLinear(execution: Execution, of: LinearCase): Choices {
  const { tokens, fanIn, units, density, gradientDensity } = of;
  if (execution !== 'auto') return asAsked(execution, gradientDensity);
  const weights = fanIn * units;
  if (weights < LEAST_WEIGHTS) {
    return alike({ sparse: false, reason: { code: 'few-weights', count: weights, least: LEAST_WEIGHTS } });
  }
  const most = MOST.find((at) => tokens >= at.tokens);
  if (most === undefined) {
    return alike({ sparse: false, reason: { code: 'few-rows', count: tokens, least: LEAST_ROWS } });
  }
  const against = `oneDNN for ${tokens} rows of ${fanIn} to ${units} features`;
  return byDensity(most, against, density, gradientDensity);
}
