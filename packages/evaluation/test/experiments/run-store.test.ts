import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunStore } from '@winnow/evaluation';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const data = { format: 'winnow-data/1', dataset: 'Own', train: 2, test: 1, digest: 'a' } as const;

it('a store clears what it has kept, and nothing else', async () => {
  const directory = join(temporaryFolder(), 'work');
  const store = new RunStore(directory);
  store.clear();
  store.claim(data);
  const key = RunStore.key('x');
  await store.remember(key, z.number(), async () => 3);
  mkdirSync(store.checkpointDirectory(key));
  writeFileSync(join(directory, 'notes.md'), 'kept');
  store.clear();
  expect(readdirSync(directory)).toEqual(['notes.md']);
  const own = new RunStore(join(directory, 'own'));
  own.claim(data);
  own.clear();
  expect(existsSync(join(directory, 'own'))).toBe(false);
});

it('a store does not write over a data.json of the user’s', () => {
  const directory = temporaryFolder();
  const file = join(directory, 'data.json');
  writeFileSync(file, '{"mine": 1}');
  expect(() => new RunStore(directory).claim(data)).toThrow(`${file}: format must be 'winnow-data/1', found nothing`);
  expect(readFileSync(file, 'utf8')).toBe('{"mine": 1}');
});
