import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { methods } from '@winnow/baselines';
import { comparisonTable, readSweepResult, summaries } from '@winnow/evaluation';
import { describe, expect, it } from 'vitest';
import { methodPages } from '../scripts/docs/method-pages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const GRANULARITIES = ['weight', 'unit'] as const;
const compared = (granularity: (typeof GRANULARITIES)[number]) =>
  readSweepResult(join(root, `docs/results/compare-${granularity}.json`));

describe('the comparison of all methods', () => {
  it.each(GRANULARITIES)('has every table of %s pruning on its page as measured', async (granularity) => {
    const result = await compared(granularity);
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

  it('stands on the page of every method that it has', async () => {
    const pages = await methodPages();
    for (const { file, text, wanted } of pages) expect(text, file).toBe(wanted);
    const measured = await Promise.all(GRANULARITIES.map(compared));
    const names = new Set(measured.flatMap(({ runs }) => runs.flatMap(({ method }) => method.split('+'))));
    expect([...names].every((name) => methods.has(name))).toBe(true);
    expect(pages.map(({ file }) => basename(file, '.md')).sort()).toEqual([...names].sort());
  });
});
