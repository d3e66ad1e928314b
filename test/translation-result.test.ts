import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTranslationResult, translationTable } from '@winnow/evaluation';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/transformer.md'), 'utf8');

it('the Multi30k run of docs/transformer.md has the BLEU that the page states', async () => {
  const result = await readTranslationResult(join(root, 'docs/results/multi30k.json'));
  expect(result).toMatchObject({ dataset: 'Multi30k', pairs: { train: 29_000, test: 1_000 } });
  const rows = translationTable(result)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) expect(page).toContain(row);
  const beam = Number(/beam 4[^|]*\| ([\d.]+)/.exec(page)![1]);
  expect(beam).toBeGreaterThanOrEqual(30);
  expect(page).toContain(`**${beam.toFixed(2)} BLEU**`);
  expect(existsSync(join(root, 'docs/figures/multi30k.svg'))).toBe(true);
});
