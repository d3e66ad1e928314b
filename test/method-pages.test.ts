import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { methods } from '@winnow/baselines';
import { comparisonTable, readSweepResult, summaries } from '@winnow/evaluation';
import { describe, expect, it } from 'vitest';
import { methodPages } from '../scripts/docs/method-pages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const GRANULARITIES = ['weight', 'unit'] as const;

describe('the comparison of all methods', () => {
  it.each(GRANULARITIES)('has every table of %s pruning on its page as measured', async (granularity) => {
    const result = await readSweepResult(join(root, `docs/results/compare-${granularity}.json`));
    expect(result.granularity).toBe(granularity);
    expect(result.dataset).toContain('CIFAR-10 (JPEG)');
    const page = readFileSync(join(root, 'docs/comparison.md'), 'utf8');
    const labels = summaries(result);
    expect(labels.every(({ seeds }) => seeds.length === 3)).toBe(true);
    for (const statistics of ['asIs', 'reestimated'] as const) {
      expect(page).toContain(comparisonTable(result, labels, { statistics }).join('\n'));
    }
    expect(page).toContain(result.command);
    for (const figure of ['paper', 'beyond']) {
      expect(existsSync(join(root, `docs/figures/compare-${granularity}-${figure}.svg`))).toBe(true);
    }
  });

  it('stands on the page of every method of the registry', async () => {
    const pages = await methodPages();
    for (const { file, text, wanted } of pages) expect(text, file).toBe(wanted);
    expect(pages).toHaveLength(methods.size);
  });
});
