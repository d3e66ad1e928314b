import type { TopLevelSpec } from 'vega-lite';
import type { TranslationResult } from '../results/translation-result.js';
import { curveFigure } from './curve-figure.js';
import { curvePanel, type Point } from './curve-panel.js';

/**
 * The figure of a translation run as a Vega-Lite specification: losses and learning rate by epoch, the BLEU in its
 * title.
 */
export function translationChart(result: TranslationResult): TopLevelSpec {
  const { dataset, model, settings, evaluations, log, parameters, pairs, environment, seconds, steps, bleu } = result;
  const perEpoch = steps / settings.epochs;
  const logged = (curve: string, value: (entry: (typeof log)[number]) => number): Point[] =>
    log.map((entry) => ({ epoch: entry.step / perEpoch, value: value(entry), curve }));
  const validation = evaluations.map(({ epoch, metrics }) => ({
    epoch,
    value: metrics.validationLoss,
    curve: 'validation',
  }));
  const [source, target] = result.languages;
  const score = bleu.beam.score.toFixed(1);
  return curveFigure(
    `${model} reaches BLEU ${score} on ${dataset} ${source}–${target} in ${settings.epochs} epochs`,
    [
      [
        `${parameters.toLocaleString('en-US')} parameters`,
        `batch ${settings.batchSize}`,
        `seed ${settings.seed}`,
        `beam ${settings.beam}`,
        `${pairs.test.toLocaleString('en-US')} test lines`,
        `greedy ${bleu.greedy.score.toFixed(1)}`,
      ].join(' · '),
      `${Math.round(seconds / 60)} minutes of training on ${environment.cpu}, ${environment.cores} cores`,
    ],
    110,
    [
      curvePanel(
        'Cross-entropy per token (train: smoothed labels)',
        [...logged('train', ({ loss }) => loss), ...validation],
        (value) => value.toFixed(2),
        { zero: true },
      ),
      curvePanel(
        'Learning rate',
        logged('rate', ({ learningRate }) => learningRate),
        (value) => String(Number(value.toPrecision(2))),
        { zero: true },
      ),
    ],
    'independent',
  );
}
