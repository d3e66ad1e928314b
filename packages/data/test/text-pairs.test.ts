import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import {
  DatasetError,
  loadDataset,
  loadTextPairs,
  multi30k,
  readTextPairs,
  type Source,
  type TextPairDeclaration,
} from '../src/index.js';
import { serve } from './file-server.js';
import { writeAll } from './writers.js';

const EN = 'A dog runs.\nTwo men – and a “sign”.\n';
const EN_BYTES = Buffer.from(EN);
const DE = 'Ein Hund läuft.\nZwei Männer.\n';
const files = new Map([
  ['a.en.gz', gzipSync(EN)],
  ['a.de.gz', gzipSync(DE)],
]);

function tiny(sources: Source[] = []): TextPairDeclaration {
  const declaration: TextPairDeclaration = {
    kind: 'text-pairs',
    name: 'tiny-pairs',
    title: 'Tiny pairs',
    summary: 'two sentences',
    files: [...files].map(([name, bytes]) => ({
      name,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    sources,
    async read(paths) {
      const split = await readTextPairs(paths.get('a.en.gz')!, paths.get('a.de.gz')!);
      return {
        name: 'tiny-pairs',
        title: 'Tiny pairs',
        sourceLanguage: 'en',
        targetLanguage: 'de',
        train: split,
        validation: split,
        test: split,
      };
    },
  };
  return declaration;
}

const quiet = { onProgress: () => {} };

describe('text pairs', () => {
  it('are read from a directory and over the web', async () => {
    const directory = temporaryFolder();
    await writeAll(directory, files);
    const { base } = await serve(files);
    for (const [declaration, options] of [
      [tiny(), { directory }],
      [tiny([{ kind: 'web', base }]), {}],
    ] as const) {
      const { train } = await loadTextPairs(declaration, { ...quiet, ...options, cache: temporaryFolder() });
      expect(train).toEqual({
        source: ['A dog runs.', 'Two men – and a “sign”.'],
        target: ['Ein Hund läuft.', 'Zwei Männer.'],
        count: 2,
      });
    }
  });

  it('that are missing or not the declared ones are named', async () => {
    const directory = temporaryFolder();
    await writeAll(directory, new Map([['a.en.gz', Buffer.from('something else')]]));
    const error = await loadTextPairs(tiny(), { ...quiet, directory, cache: temporaryFolder() }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DatasetError);
    expect((error as Error).message).toMatch(/a\.en\.gz has 14 bytes, expected \d+/);
    expect((error as Error).message).toContain('looked for a.en.gz, a.de.gz; ');
    expect((error as Error).message).toContain(
      'missing: a.de.gz; found 1 file (a.en.gz). Give a directory that has it',
    );
  });

  const cases: [string, string | Buffer, string | Buffer, RegExp][] = [
    ['have fewer lines', EN, 'Ein Hund läuft.\n', /en has 2 lines, .*de 1: they are not translations of each other$/],
    ['have an empty line', EN, 'Ein Hund läuft.\n\n', /de: line 2 is empty, its translation is not$/],
    ['are no UTF-8', EN, Buffer.from([0x45, 0xfc, 0x0a, 0x46, 0x0a]), /de is not UTF-8 text$/],
    ['have no lines', '', '', /en and \S+de have no lines$/],
    ['are compressed and empty', gzipSync(''), gzipSync(''), /en and \S+de have no lines$/],
    ['are no text', EN, 'a\0b\nc\n', /de is no text: it holds zero bytes$/],
    ['are UTF-16', EN, Buffer.from('\ufeffa\nb\n', 'utf16le'), /de is not UTF-8 text$/],
    [
      'go on behind their end',
      EN,
      Buffer.concat([gzipSync(DE), EN_BYTES]),
      /de is a broken gzip file \(incorrect header check\): fetch it again$/,
    ],
    ['are a truncated gzip file', gzipSync(EN).subarray(0, 30), DE, /en is a broken gzip file \(.*\): fetch it again$/],
  ];
  it.each(cases)('that %s are refused by name', async (_what, en, de, message) => {
    const folder = temporaryFolder();
    const paths = [join(folder, 'en'), join(folder, 'de')] as const;
    await Promise.all([writeFile(paths[0], en), writeFile(paths[1], de)]);
    const error = await readTextPairs(...paths).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'broken-file', message: expect.stringMatching(message) });
  });

  it('that are not as many as declared are refused', async () => {
    const folder = temporaryFolder();
    await writeAll(folder, files);
    await expect(readTextPairs(join(folder, 'a.en.gz'), join(folder, 'a.de.gz'), 3)).rejects.toThrow(
      /a\.en\.gz has 2 lines, expected 3$/,
    );
  });

  it('of Multi30k are declared whole, and are not loaded as images', async () => {
    expect(multi30k.files.map(({ name }) => name)).toEqual(
      ['train', 'val', 'test_2016_flickr'].flatMap((part) => [`${part}.en.gz`, `${part}.de.gz`]),
    );
    for (const { size, sha256 } of multi30k.files) {
      expect(size).toBeGreaterThan(20_000);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    await expect(loadDataset('multi30k')).rejects.toThrow(
      'multi30k holds translations, not images: `winnow translate` trains on it, loadTextPairs loads it',
    );
    await expect(loadTextPairs('cifar10')).rejects.toThrow(
      'cifar10 holds images, not translations: loadDataset loads it',
    );
    await expect(loadTextPairs('multi3k')).rejects.toThrow(
      "no data set of translations is called multi3k; there are multi30k; did you mean 'multi30k'?",
    );
  });
});
