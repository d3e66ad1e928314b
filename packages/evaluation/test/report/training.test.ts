import { parseTrainingResult, runConfig, type TrainingResult, trainingSvg, trainingTable } from '@winnow/evaluation';
import { describe, expect, it } from 'vitest';

const result: TrainingResult = {
  format: 'winnow-train/1',
  created: '2026-01-02T03:04:05.000Z',
  command: 'winnow train --epochs 2',
  dataset: 'Some images',
  model: 'ResNet-8',
  parameters: 77172,
  trainImages: 1000,
  testImages: 200,
  config: runConfig(
    { epochs: 2, batchSize: 100, seed: 4, method: 'targeted-dropout:gamma=0.9', schedule: 'cosine' },
    'test',
  ),
  environment: { cpu: 'A processor', cores: 2, node: '20', tensorflow: '2', isa: 'avx2', winnow: '0.1.0' },
  steps: 20,
  seconds: 125.4,
  evaluations: [
    {
      step: 10,
      epoch: 1,
      learningRate: 0.15,
      seconds: 60,
      metrics: { trainLoss: 1.5, testLoss: 1.4, testAccuracy: 0.5 },
    },
    {
      step: 20,
      epoch: 2,
      learningRate: 0.0021,
      seconds: 125,
      metrics: { trainLoss: 1, testLoss: 1.2, testAccuracy: 0.625 },
    },
  ],
  best: { metric: 'testAccuracy', value: 0.625, step: 20 },
};

describe('a training result', () => {
  it('is read, and refused with the place that is wrong', () => {
    expect(parseTrainingResult(JSON.stringify(result), 'result.json')).toEqual(result);
    const broken = {
      ...result,
      evaluations: [{ ...result.evaluations[0], metrics: { trainLoss: 1, testLoss: 1, testAccuracy: 62 } }],
    };
    expect(() => parseTrainingResult(JSON.stringify(broken), 'result.json')).toThrow(
      'result.json: evaluations[0].metrics.testAccuracy must be a number in [0, 1], found 62',
    );
    expect(() => parseTrainingResult('{"format": "winnow-sweep/1"}', 'result.json')).toThrow("'winnow-train/1'");
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a text for a number', { epochs: '2' }, 'config.epochs must be an integer ≥ 1, found "2"'],
    ['a number for a text', { model: 8 }, 'config.model must be a text that is not empty, found 8'],
    ['a missing field', { momentum: undefined }, 'config.momentum must be a number in [0, 1), found nothing'],
    ['null', { flip: null }, 'config.flip must be true or false, found null'],
    ['a list of texts', { milestones: ['0.5'] }, 'config.milestones[0] must be fractions in [0, 1), found "0.5"'],
    ['a value out of its range', { optimizer: 'lion' }, 'config.optimizer must be one of sgd, adam, adamw, found'],
    ['a bad method', { method: 'l1:' }, 'config.method must be NAME or NAME:key=value,…, each key once, found'],
    ['a setting that there is not', { clipnorm: 1 }, 'config must be an object without clipnorm, found {"model"'],
  ])('with %s in its settings is refused', (_what, change, message) => {
    const broken = { ...result, config: { ...result.config, ...change } };
    expect(() => parseTrainingResult(JSON.stringify(broken), 'result.json')).toThrow(`result.json: ${message}`);
  });

  it('of an earlier version has no settings that came later', () => {
    const { optimizer: _, beta1: __, beta2: ___, tensorboard: ____, histogramEvery: _____, ...config } = result.config;
    expect(parseTrainingResult(JSON.stringify({ ...result, config }), 'result.json').config).toEqual(config);
  });

  it('is shown as a table', () => {
    expect(trainingTable(result).split('\n').slice(0, 4)).toEqual([
      '| epoch | train loss | test loss | test accuracy | learning rate | seconds |',
      '| ---: | ---: | ---: | ---: | ---: | ---: |',
      '| 1 | 1.500 | 1.400 | 50.00 % | 0.15 | 60 |',
      '| 2 | 1.000 | 1.200 | 62.50 % | 0.0021 | 125 |',
    ]);
  });

  it('is drawn with its last values beside the curves', async () => {
    const svg = await trainingSvg(result);
    for (const text of ['62.5 %', 'train 1.00', 'test 1.20', '0.0021', 'targeted-dropout:gamma=0.9', 'seed 4']) {
      expect(svg).toContain(text);
    }
    expect(svg).toContain('ResNet-8 reaches 62.5 % on Some images in 2 epochs');
  });
});
