import type { TopLevelSpec } from 'vega-lite';
import { CHART_CONFIG, COLOURS, GREY, TITLE_SIZE } from '../chart-style.js';
import type { TrainingResult } from './training-result.js';

const PANEL = { width: 280, height: 230 };

interface Point {
  epoch: number;
  value: number;
  curve: string;
}

/** Curves over the epochs with the last value of each beside its end. */
function panel(title: string, points: readonly Point[], written: (value: number) => string, scale: object) {
  const names = [...new Set(points.map(({ curve }) => curve))];
  const ends = names.map((name) => {
    const last = points.filter(({ curve }) => curve === name).at(-1) as Point;
    const label = names.length > 1 ? `${name} ` : '';
    return { ...last, text: `${label}${written(last.value)}` };
  });
  const x = { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1, grid: false } };
  const y = { field: 'value', type: 'quantitative', title: null, scale };
  const color = { field: 'curve', type: 'nominal', legend: null, scale: { domain: names, range: COLOURS } };
  const end = { type: 'text', align: 'left', baseline: 'middle', dx: 9, fontSize: 13, fontWeight: 'bold' };
  const encoding = { x, y, text: { field: 'text' } };
  return {
    title: { text: title, fontSize: 14, anchor: 'start', frame: 'group' },
    ...PANEL,
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 2.5, point: { size: 35, filled: true } },
        encoding: { x, y, color },
      },
      { data: { values: ends }, mark: { ...end, stroke: 'white', strokeWidth: 4, strokeJoin: 'round' }, encoding },
      { data: { values: ends }, mark: end, encoding: { ...encoding, color } },
    ],
  };
}

/** The figure of a training run as a Vega-Lite specification: test accuracy, losses and learning rate by epoch. */
export function trainingChart(result: TrainingResult): TopLevelSpec {
  const { dataset, model, config, evaluations, parameters, testImages, environment, seconds } = result;
  const last = evaluations.at(-1)!;
  const points = (curve: string, value: (evaluation: (typeof evaluations)[number]) => number): Point[] =>
    evaluations.map((evaluation) => ({ epoch: evaluation.epoch, value: value(evaluation), curve }));
  const accuracy = (100 * last.metrics.testAccuracy).toFixed(1);
  const schedule = config['schedule'] === undefined ? [] : [`${config['schedule']}`];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: `${model} reaches ${accuracy} % on ${dataset} in ${config.epochs} epochs`,
      subtitle: [
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
      anchor: 'start',
      fontSize: TITLE_SIZE,
      subtitleFontSize: 13,
      subtitleColor: GREY,
      subtitlePadding: 8,
      subtitleLineHeight: 18,
      offset: 18,
    },
    spacing: 40,
    hconcat: [
      panel(
        'Test accuracy (%)',
        points('accuracy', ({ metrics }) => 100 * metrics.testAccuracy),
        (value) => `${value.toFixed(1)} %`,
        { zero: false },
      ),
      panel(
        'Cross-entropy',
        [...points('train', ({ metrics }) => metrics.trainLoss), ...points('test', ({ metrics }) => metrics.testLoss)],
        (value) => value.toFixed(2),
        { zero: true },
      ),
      panel(
        'Learning rate',
        points('rate', ({ learningRate }) => learningRate),
        (value) => String(Number(value.toPrecision(2))),
        { zero: true },
      ),
    ],
    resolve: { scale: { color: 'independent' } },
    config: CHART_CONFIG,
  } as unknown as TopLevelSpec;
}
