import { fitsWinograd } from '../conv2d/conv2d.js';
import {
  alike,
  asAsked,
  byDensity,
  type Choices,
  type Execution,
  type ExecutionReason,
  type Most,
} from './execution-choice.js';

/** What the choice depends on. */
export interface ConvolutionCase {
  /** `[height, width, inputs, outputs]`. */
  readonly filter: readonly [number, number, number, number];
  /** `[images, height, width, inputs]`. */
  readonly x: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly pad: 'same' | 'valid';
  /** Share of the weights that are not cut, and of those that need a gradient; `'all'` where every weight does. */
  readonly density: number;
  readonly gradientDensity: number | 'all';
}

/**
 * Measured on two cores of Zen 4 with AVX-512, on layers of residual networks; of all shapes the lowest. Constants, so
 * that a run is repeated with the same bits on another machine. Against Winograd's algorithm by channels in times
 * channels out: with few of them its transforms take most of its time.
 */
const AGAINST_WINOGRAD: readonly (Most & { readonly pairs: number })[] = [
  { pairs: 16 * 16, forward: 0.33, inputGradient: 0.33, filterGradient: 0.28 },
  { pairs: 32 * 32, forward: 0.28, inputGradient: 0.28, filterGradient: 0.2 },
  { pairs: 64 * 64, forward: 0.18, inputGradient: 0.18, filterGradient: 0.17 },
  { pairs: Infinity, forward: 0.14, inputGradient: 0.16, filterGradient: 0.16 },
];
/** Against oneDNN's plain sums: where Winograd's algorithm would have too many channels, and for all other filters. */
const AGAINST_WIDE_ONEDNN: Most = { forward: 0.38, inputGradient: 0.38, filterGradient: 0.33 };
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

/** Whether Winograd's algorithm could compute it, however many channels there are. */
function isPlainThree({ filter, strides, pad }: Pick<ConvolutionCase, 'filter' | 'strides' | 'pad'>): boolean {
  return strides.every((stride) => stride === 1) && pad === 'same' && fitsWinograd(filter);
}

/** Whether the dense form is Winograd's algorithm. */
function isWinograd(of: Pick<ConvolutionCase, 'filter' | 'strides' | 'pad'>): boolean {
  return isPlainThree(of) && of.filter[2] * of.filter[3] <= MOST_WINOGRAD_PAIRS;
}

/** What about a convolution the sparse form is not meant for. */
function whyUnusual({ filter, x, strides }: ConvolutionCase): ExecutionReason | undefined {
  const [images, , width] = x;
  if (images < LEAST_IMAGES) return { code: 'few-images', images, least: LEAST_IMAGES };
  const sizes = [
    { what: 'width of images', size: width, most: MOST_WIDTH },
    { what: 'stride', size: Math.max(...strides), most: MOST_STRIDE },
    { what: 'kernel size', size: Math.max(filter[0], filter[1]), most: MOST_TAPS },
  ];
  const beyond = sizes.find(({ size, most }) => size > most);
  return beyond && { code: 'unusual-size', ...beyond };
}

/** How each pass is computed: whether weights are left out, and why. */
export function chooseExecution(execution: Execution, of: ConvolutionCase): Choices {
  const { filter, density, gradientDensity } = of;
  if (execution !== 'auto') return asAsked(execution, gradientDensity);
  const unusual = whyUnusual(of);
  if (unusual) return alike({ sparse: false, reason: unusual });
  const [height, width, inputs, outputs] = filter;
  const pairs = inputs * outputs;
  const tier = isWinograd(of) ? AGAINST_WINOGRAD.find((at) => pairs <= at.pairs) : undefined;
  const most = tier ?? (isPlainThree(of) && pairs > MOST_WINOGRAD_PAIRS ? AGAINST_WIDE_ONEDNN : AGAINST_ONEDNN);
  const shape = `${height}×${width} filter of ${inputs} to ${outputs} channels`;
  const against = tier ? `Winograd's algorithm for a ${shape}` : `oneDNN for a ${shape}`;
  return byDensity(most, against, density, gradientDensity);
}
