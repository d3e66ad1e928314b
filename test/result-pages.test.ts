/** Pages of docs say what the result files say; what those results are worth is for their readers to judge. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  readTrainingResult,
  readTranslationResult,
  runConfig,
  trainingTable,
  translationTable,
} from '@winnow/evaluation';
import { expect, it } from 'vitest';
import type { Measured } from '../scripts/published/measure.js';
import { publishedTable } from '../scripts/published/table.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = (name: string) => join(root, 'docs', name);
const read = (name: string) => readFileSync(file(name), 'utf8');

it('docs/training.md shows the CIFAR-10 run, with a command whose settings there are', async () => {
  const page = read('training.md');
  const result = await readTrainingResult(file('results/cifar10-resnet32.json'));
  expect(page).toContain(`**${(100 * result.evaluations.at(-1)!.metrics.testAccuracy).toFixed(2)} %**`);
  for (const row of trainingTable(result).split('\n').slice(0, 17)) expect(page).toContain(row);
  expect(existsSync(file('figures/cifar10-resnet32.svg'))).toBe(true);
  expect(() => runConfig(result.config, 'the result')).not.toThrow();
  expect(page.replaceAll(/ \\\n +/g, ' ')).toContain(result.command);
});

it('docs/models.md shows what published models came to, and nothing of that is wrong', () => {
  const { models, refused } = JSON.parse(read('results/published-models.json')) as {
    models: Measured[];
    refused: Record<string, string>;
  };
  expect(read('models.md')).toContain(publishedTable(models).join('\n'));
  expect(models).toHaveLength(2);
  for (const { differences, sparsityRange, inspected } of models) {
    for (const difference of Object.values(differences)) expect(difference).toBeLessThan(1e-5);
    expect(sparsityRange[0]).toBeGreaterThan(0.88);
    expect(sparsityRange[1]).toBeLessThanOrEqual(0.9);
    expect(inspected.tfjs).toBe(inspected.safetensors);
  }
  expect(Object.values(refused).join()).toContain('is a GraphModel');
});

it('docs/transformer.md shows the Multi30k run', async () => {
  const page = read('transformer.md');
  const rows = translationTable(await readTranslationResult(file('results/multi30k.json')))
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) expect(page).toContain(row);
  const beam = Number(/beam 4[^|]*\| ([\d.]+)/.exec(page)![1]);
  expect(page).toContain(`**${beam.toFixed(2)} BLEU**`);
  expect(existsSync(file('figures/multi30k.svg'))).toBe(true);
});
