import { writeFileAtomic } from '@winnow/system/files';
import type { TopLevelSpec } from 'vega-lite';
import type { SweepResult } from '../results/sweep-result.js';
import type { TrainingResult } from '../results/training-result.js';
import type { TranslationResult } from '../results/translation-result.js';
import { chartSpec } from './chart-spec.js';
import { fontOptions } from './fonts.js';
import { trainingChart } from './training-chart.js';
import { translationChart } from './translation-chart.js';

/** Pixels of the PNG for one unit of the SVG: sharp on screens with a high resolution. */
const SCALE = 2;

/** The figure of a sweep as SVG: accuracy against sparsity, with BatchNorm statistics as they are and re-estimated. */
export function sweepSvg(result: SweepResult): Promise<string> {
  return chartSvg(chartSpec(result));
}

/** The figure of a training run as SVG: accuracy, losses and learning rate by epoch. */
export function trainingSvg(result: TrainingResult): Promise<string> {
  return chartSvg(trainingChart(result));
}

/** The figure of a translation run as SVG: losses and learning rate by epoch. */
export function translationSvg(result: TranslationResult): Promise<string> {
  return chartSvg(translationChart(result));
}

/** A Vega-Lite chart as SVG, cut to what is drawn. */
export async function chartSvg(spec: TopLevelSpec): Promise<string> {
  // They take a while to load, and most users of this package draw nothing.
  const [{ compile }, vega, { cropSvg }] = await Promise.all([
    import('vega-lite'),
    import('vega'),
    import('./crop.js'),
  ]);
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    return cropSvg(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Draws an SVG as PNG, twice its size. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: fontOptions(),
  });
  return image.render().asPng();
}

/**
 * Draws the figure of a sweep, a training or a translation run into PATH.svg and PATH.png, each written whole or not at all.
 * @param path without extension; a missing folder is made
 * @returns the two paths
 */
export async function writeFigure(
  result: SweepResult | TrainingResult | TranslationResult,
  path: string,
): Promise<{ svg: string; png: string }> {
  const svg = await svgOf(result);
  const png = await renderPng(svg);
  await writeFileAtomic(`${path}.svg`, svg);
  await writeFileAtomic(`${path}.png`, png);
  return { svg: `${path}.svg`, png: `${path}.png` };
}

function svgOf(result: SweepResult | TrainingResult | TranslationResult): Promise<string> {
  if (result.format === 'winnow-train/1') return trainingSvg(result);
  return result.format === 'winnow-translation/1' ? translationSvg(result) : sweepSvg(result);
}
