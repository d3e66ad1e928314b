import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrainingResult, runConfig, trainingTable } from '@winnow/evaluation';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/training.md'), 'utf8');

describe('the CIFAR-10 run of docs/training.md', () => {
  it('has the accuracy that the page states, over all test images', async () => {
    const result = await readTrainingResult(join(root, 'docs/results/cifar10-resnet32.json'));
    expect(result).toMatchObject({ dataset: 'CIFAR-10 (JPEG)', trainImages: 50_000, testImages: 10_000 });
    expect(result.evaluations.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const accuracy = result.evaluations.at(-1)!.metrics.testAccuracy;
    expect(accuracy).toBeGreaterThanOrEqual(0.84);
    expect(page).toContain(`**${(100 * accuracy).toFixed(2)} %**`);
    for (const row of trainingTable(result).split('\n').slice(0, 17)) expect(page).toContain(row);
    expect(existsSync(join(root, 'docs/figures/cifar10-resnet32.svg'))).toBe(true);
  });

  it('is repeated by a command whose settings there are', async () => {
    const { config, command } = await readTrainingResult(join(root, 'docs/results/cifar10-resnet32.json'));
    expect(() => runConfig(config, 'the result')).not.toThrow();
    expect(page.replaceAll(/ \\\n +/g, ' ')).toContain(command);
  });
});
