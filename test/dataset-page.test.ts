import { readFileSync } from 'node:fs';
import { datasets, textPairDatasets } from '@winnow/data';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../docs/datasets.md', import.meta.url), 'utf8');
const declared = [...datasets.values(), ...textPairDatasets.values()];
const number = new Intl.NumberFormat('en-US');

it.each(declared)('docs/datasets.md has $name, its files and their checksums', ({ name, files }) => {
  expect(page).toContain(`| \`${name}\` |`);
  for (const { name: file, size, sha256 } of files) {
    expect(page).toContain(`| \`${file}\` | ${number.format(size)} | \`${sha256}\` |`);
  }
});
