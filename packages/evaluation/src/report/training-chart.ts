import type { TopLevelSpec } from 'vega-lite';
import type { TrainingResult } from '../results/training-result.js';
import { curveFigure } from './curve-figure.js';
import { curvePanel, type Point } from './curve-panel.js';

/** The figure of a training run as a Vega-Lite specification: test accuracy, losses and learning rate by epoch. */
export function trainingChart(result: TrainingResult): TopLevelSpec {
  const { dataset, model, config, evaluations, parameters, testImages, environment, seconds } = result;
  const last = evaluations.at(-1)!;
  const points = (curve: string, value: (evaluation: (typeof evaluations)[number]) => number): Point[] =>
    evaluations.map((evaluation) => ({ epoch: evaluation.epoch, value: value(evaluation), curve }));
  const accuracy = (100 * last.metrics.testAccuracy).toFixed(1);
  const schedule = config['schedule'] === undefined ? [] : [`${config['schedule']}`];
  return curveFigure(
    `${model} reaches ${accuracy} % on ${dataset} in ${config.epochs} epochs`,
    [
      [
        `${parameters.toLocaleString('en-US')} parameters`,
        `batch ${config.batchSize}`,
        ...schedule,
        ...(config.method === 'none' ? [] : [config.method]),
        `seed ${config.seed}`,
        `${testImages.toLocaleString('en-US')} test images`,
      ].join(' · '),
      `${Math.round(seconds / 60)} minutes of training on ${environment.cpu}, ${environment.cores} cores`,
    ],
    40,
    [
      curvePanel(
        'Test accuracy (%)',
        points('accuracy', ({ metrics }) => 100 * metrics.testAccuracy),
        (value) => `${value.toFixed(1)} %`,
        { zero: false },
      ),
      curvePanel(
        'Cross-entropy',
        [...points('train', ({ metrics }) => metrics.trainLoss), ...points('test', ({ metrics }) => metrics.testLoss)],
        (value) => value.toFixed(2),
        { zero: true },
      ),
      curvePanel(
        'Learning rate',
        points('rate', ({ learningRate }) => learningRate),
        (value) => String(Number(value.toPrecision(2))),
        { zero: true },
      ),
    ],
    'independent',
  );
}
