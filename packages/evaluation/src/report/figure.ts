import { writeFileAtomic } from '@winnow/system/files';
import type { SweepResult } from '../results/sweep-result.js';
import type { TrainingResult } from '../results/training-result.js';
import type { TranslationResult } from '../results/translation-result.js';
import { checkOutputs, figureFiles } from '../runs/outputs.js';
import { chartSpec } from './chart-spec.js';
import { chartSvg, renderPng } from './render.js';
import { trainingChart } from './training-chart.js';
import { translationChart } from './translation-chart.js';

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

/**
 * Draws the figure of a sweep, a training or a translation run into PATH.svg and PATH.png, each written whole or not at
 * all.
 * @param path without extension; a missing folder is made
 * @returns the two paths
 * @throws RangeError if something is in the way of a file, before it draws; WriteError naming one that cannot be
 *   written
 */
export async function writeFigure(
  result: SweepResult | TrainingResult | TranslationResult,
  path: string,
): Promise<{ svg: string; png: string }> {
  const [svgFile, pngFile] = figureFiles(path) as [string, string];
  checkOutputs('writeFigure: path', path, { directories: [], files: [svgFile, pngFile] });
  const svg = await svgOf(result);
  const png = await renderPng(svg);
  await writeFileAtomic(svgFile, svg);
  await writeFileAtomic(pngFile, png);
  return { svg: svgFile, png: pngFile };
}

function svgOf(result: SweepResult | TrainingResult | TranslationResult): Promise<string> {
  if (result.format === 'winnow-train/1') return trainingSvg(result);
  return result.format === 'winnow-translation/1' ? translationSvg(result) : sweepSvg(result);
}
