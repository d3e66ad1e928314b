import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { methods } from '@winnow/baselines';
import { comparisonTable, readSweepResult, summaries } from '@winnow/evaluation';
import { describe, expect, it } from 'vitest';
import { hasMeasurements, methodPages } from '../scripts/docs/method-pages.js';
import { methodPage, UNWRITTEN } from '../scripts/docs/method-tables.js';

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
    const pages = (await methodPages()).filter(({ wanted }) => hasMeasurements(wanted));
    const measured = await Promise.all(GRANULARITIES.map(compared));
    const names = new Set(measured.flatMap(({ runs }) => runs.flatMap(({ method }) => method.split('+'))));
    expect([...names].every((name) => methods.has(name))).toBe(true);
    expect(pages.map(({ file }) => basename(file, '.md')).sort()).toEqual([...names].sort());
  });
});

describe('the pages of the methods', () => {
  it('say what the registry and the comparison say: `pnpm tables` writes it', async () => {
    const pages = await methodPages();
    expect(pages.length).toBeGreaterThan(methods.size);
    for (const { file, text, wanted } of pages) {
      expect(text, `${file} is as \`npx -y pnpm@10.34.9 tables\` writes it`).toBe(wanted);
      expect(wanted, `${file} is written to its end`).not.toContain(UNWRITTEN);
    }
  });

  it('get a new method as a page to be finished, then its parameters alone', () => {
    const method = methods.get('l1')!;
    const page = methodPage(undefined, { ...method, name: 'new' });
    expect(page).toContain('# L1\n\nAdds the mean (or sum) of |w| to the loss.');
    expect(page).toContain('winnow train --method new\n');
    expect(page).toContain(`${UNWRITTEN}the formulas.`);
    expect(page).toContain('| `lambda` | 0.1 (weight), 0.01 (unit) | ≥ 0 | factor of the penalty |');
    expect(page.endsWith(`Reference: ${method.reference}.\n`)).toBe(true);
    const finished = page.replace(`${UNWRITTEN}the formulas.`, 'λ·Σ|w|').replace('0.01 (unit)', '7 (unit)');
    expect(methodPage(finished, { ...method, name: 'new' })).toBe(page.replace(`${UNWRITTEN}the formulas.`, 'λ·Σ|w|'));
    expect(() => methodPage('# L1', method)).toThrow('docs/methods/l1.md has no table with the header | parameter');
  });
});
