import { fitsWinograd } from '../conv2d/conv2d.js';

/** How convolutions with cut weights are computed. */
export type Execution = 'auto' | 'dense' | 'sparse';

/** Which of a convolution's three passes leave cut weights out. */
export interface SparsePasses {
  readonly forward: boolean;
  readonly inputGradient: boolean;
  readonly filterGradient: boolean;
}

/** What the choice depends on. */
export interface ConvolutionCase {
  /** `[height, width, inputs, outputs]`. */
  readonly filter: readonly [number, number, number, number];
  /** `[images, height, width, inputs]`. */
  readonly x: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly pad: 'same' | 'valid';
  /** Share of the weights that are not cut, and of those that need a gradient. */
  readonly density: number;
  readonly gradientDensity: number;
}

/** The largest density at which leaving weights out is faster, for each pass. */
interface Most {
  readonly forward: number;
  readonly inputGradient: number;
  readonly filterGradient: number;
}

/**
 * Measured on two cores of Zen 4 with AVX-512, on layers of residual networks; of all shapes the lowest. Constants, so
 * that a run is repeated with the same bits on another machine. Against Winograd's algorithm by channels in times
 * channels out: with few of them its transforms take most of its time.
 */
const AGAINST_WINOGRAD: readonly (Most & { readonly pairs: number })[] = [
  { pairs: 16 * 16, forward: 0.25, inputGradient: 0.25, filterGradient: 0.2 },
  { pairs: 32 * 32, forward: 0.2, inputGradient: 0.2, filterGradient: 0.15 },
  { pairs: Infinity, forward: 0.12, inputGradient: 0.12, filterGradient: 0.11 },
];
const AGAINST_ONEDNN: Most = { forward: 0.25, inputGradient: 0.25, filterGradient: 0.15 };

/** A vector has sixteen images; with fewer most of it is computed in vain. */
const LEAST_IMAGES = 16;
/** Padding of an image to its strides and the panels of rows grow with these; far within what the kernel takes. */
const MOST_STRIDE = 8,
  MOST_WIDTH = 2048,
  MOST_TAPS = 32;
/**
 * Channels in times channels out from which the transformed filter leaves the caches, and oneDNN's plain sums are
 * faster.
 */
export const MOST_WINOGRAD_PAIRS = 128 * 128;

/** Whether the dense form is Winograd's algorithm. */
function isWinograd({ filter, strides, pad }: Pick<ConvolutionCase, 'filter' | 'strides' | 'pad'>): boolean {
  const isPlain = strides.every((stride) => stride === 1) && pad === 'same';
  return isPlain && fitsWinograd(filter) && filter[2] * filter[3] <= MOST_WINOGRAD_PAIRS;
}

/** The passes that leave weights out. */
export function choosePasses(execution: Execution, of: ConvolutionCase): SparsePasses {
  if (execution !== 'auto') {
    const isSparse = execution === 'sparse';
    return { forward: isSparse, inputGradient: isSparse, filterGradient: isSparse };
  }
  const { filter, x, strides, density, gradientDensity } = of;
  const isUsual =
    x[0] >= LEAST_IMAGES &&
    x[2] <= MOST_WIDTH &&
    strides.every((stride) => stride <= MOST_STRIDE) &&
    filter.slice(0, 2).every((taps) => taps <= MOST_TAPS);
  const pairs = filter[2] * filter[3];
  const tier = isWinograd(of) ? AGAINST_WINOGRAD.find((at) => pairs <= at.pairs) : undefined;
  const most = tier ?? AGAINST_ONEDNN;
  return {
    forward: isUsual && density <= most.forward,
    inputGradient: isUsual && density <= most.inputGradient,
    filterGradient: isUsual && gradientDensity <= most.filterGradient,
  };
}
