import { createHash } from 'node:crypto';
import { cp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import {
  datasetDigest,
  type ImageSplit,
  loadDataset,
  loadTextPairs,
  makeSynthetic,
  openClassFolders,
  readTextPairs,
  splitDigest,
  subsetDataset,
  type TextPairDataset,
  textPairsDigest,
} from '../src/index.js';
import { writeImage } from './writers.js';

const quiet = () => {};
const DIGEST = /^[0-9a-f]{32}$/;

describe('the digest of images in memory', () => {
  const make = () => makeSynthetic({ train: 12, test: 6, height: 3, width: 4, seed: 1 });
  const digestOf = (change: (split: ImageSplit) => ImageSplit) => splitDigest(change(make().train));
  /** With one more at a place. */
  const raised = <T extends Uint8Array | Int32Array>(values: T, at: number): T => {
    const copy = values.slice() as T;
    copy[at]!++;
    return copy;
  };

  it('is the same for the same data, on every machine', async () => {
    // Python: hashlib.sha256(b'["images",1,1,2,1]\\n' + bytes([1, 0, 0, 0, 7, 9])).hexdigest()[:32]
    const split = { images: Uint8Array.of(7, 9), labels: Int32Array.of(1), count: 1, height: 1, width: 2, channels: 1 };
    expect(await splitDigest(split)).toBe('5dfc1fdc33f036d8ea49c38a53dca1b5');
    expect(make().digest).toBe(make().digest);
    expect(makeSynthetic({ train: 12, test: 6, height: 3, width: 4, seed: 2 }).digest).not.toBe(make().digest);
  });

  it('is another for another pixel, label, order and shape', async () => {
    const digests = await Promise.all([
      digestOf((split) => split),
      digestOf((split) => ({ ...split, images: raised(split.images, split.images.length - 1) })),
      digestOf((split) => ({ ...split, labels: raised(split.labels, 0) })),
      digestOf((split) => ({ ...split, images: split.images.slice().reverse() })),
      digestOf((split) => ({ ...split, height: 4, width: 3 })),
      digestOf((split) => ({ ...split, height: 1, width: 4, channels: 3 })),
    ]);
    for (const digest of digests) expect(digest).toMatch(DIGEST);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('sees what was changed in the same arrays', async () => {
    const { train } = make();
    const before = await splitDigest(train);
    train.labels[5]! ^= 1;
    expect(await splitDigest(train)).not.toBe(before);
  });

  it('of a data set is of both splits and the classes', async () => {
    const dataset = make();
    expect(await datasetDigest(dataset)).toBe(dataset.digest);
    const others = await Promise.all([
      datasetDigest({ ...dataset, train: dataset.test }),
      datasetDigest({ ...dataset, test: dataset.train }),
      datasetDigest({ ...dataset, classes: ['a', 'b', 'c', 'd'] }),
    ]);
    expect(new Set([dataset.digest, ...others]).size).toBe(4);
  });

  it('of a subset depends on its size and on the whole', () => {
    const subset = (seed: number, train: number, test: number) =>
      subsetDataset(makeSynthetic({ train: 12, test: 6, seed }), { train, test }).digest;
    expect(subset(1, 6, 3)).toBe(subset(1, 6, 3));
    expect(new Set([subset(1, 6, 3), subset(1, 7, 3), subset(1, 6, 4), subset(2, 6, 3)]).size).toBe(4);
    const whole = makeSynthetic({ train: 12, test: 6, seed: 1 });
    expect(subset(1, 12, 6)).toBe(whole.digest);
  });

  it('is added to what a declaration reads', async () => {
    const { digest, ...undigested } = make();
    const declaration = { name: 'own', title: 'Own', summary: '', files: [], sources: [] };
    const own = await loadDataset({ ...declaration, generate: () => undigested });
    expect(own.digest).toBe(digest);
    const lying = await loadDataset({ ...declaration, generate: () => ({ ...undigested, digest: 'mine' }) });
    expect(lying.digest).toBe(digest);
  });
});

describe('the digest of images on disk', () => {
  const folders = async () => {
    const root = temporaryFolder();
    for (const part of ['train', 'test']) {
      await writeImage(join(root, part, 'a', '1.png'), 5, 4, [10, 20, 30]);
      await writeImage(join(root, part, 'a', 'deep', '2.png'), 5, 4, [40, 50, 60]);
      await writeImage(join(root, part, 'b', '1.jpg'), 5, 4, [70, 80, 90]);
    }
    return root;
  };
  const load = (directory: string, more: { size?: { height: number; width: number } } = {}) =>
    loadDataset('image-folders', { directory, stream: true, onProgress: quiet, ...more });

  it('is the same wherever the folder lies and whatever it is called', async () => {
    const root = await folders();
    const copy = join(temporaryFolder(), 'elsewhere', 'called otherwise');
    await cp(root, copy, { recursive: true });
    const [one, two] = [await load(root), await load(copy)];
    expect(one.digest).toMatch(DIGEST);
    expect(two.digest).toBe(one.digest);
    expect(two.title).not.toBe(one.title);
    expect(await splitDigest((await openClassFolders(copy)).test)).toBe(await splitDigest(one.test));
    const subset = subsetDataset(one, { train: 2, test: 1 });
    expect(subset.digest).toBe(subsetDataset(two, { train: 2, test: 1 }).digest);
    expect(new Set([one.digest, subset.digest, subsetDataset(one, { train: 1, test: 1 }).digest]).size).toBe(3);
  });

  it('is another for other pixels in files of the same size, another class, a name, a file more, a size', async () => {
    const changes: ((root: string) => Promise<unknown>)[] = [
      async () => {},
      (root) => writeImage(join(root, 'train', 'a', '1.png'), 5, 4, [11, 20, 30]),
      (root) => writeImage(join(root, 'test', 'a', '1.png'), 5, 4, [11, 20, 30]),
      (root) => rename(join(root, 'train', 'a', '1.png'), join(root, 'train', 'b', '0.png')),
      (root) => rename(join(root, 'train', 'a', '1.png'), join(root, 'train', 'a', '0.png')),
      (root) => writeImage(join(root, 'train', 'a', '3.png'), 5, 4, [1, 2, 3]),
      async (root) => {
        await rename(join(root, 'train', 'b'), join(root, 'train', 'c'));
        await rename(join(root, 'test', 'b'), join(root, 'test', 'c'));
      },
    ];
    const digests: string[] = [];
    for (const change of changes) {
      const root = await folders();
      await change(root);
      digests.push((await load(root)).digest);
    }
    digests.push((await load(await folders(), { size: { height: 4, width: 4 } })).digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('names a file that cannot be read, and reads it again once it is there', async () => {
    const root = await folders();
    const { train } = await openClassFolders(root);
    const file = join(root, 'train', 'b', '1.jpg');
    await rename(file, `${file}.away`);
    await expect(splitDigest(train)).rejects.toMatchObject({
      code: 'broken-file',
      message: `${file} cannot be read (ENOENT)`,
    });
    await rename(`${file}.away`, file);
    expect(await splitDigest(train)).toMatch(DIGEST);
    await rm(root, { recursive: true });
    // Of the same split, which stands for the same files: it is not read a second time.
    expect(await splitDigest(train)).toMatch(DIGEST);
  });
});

describe('the digest of text pairs', () => {
  const part = (source: readonly string[], target: readonly string[]) => ({ source, target, count: source.length });
  const pairs = {
    ...{ name: 'x', title: 'X', sourceLanguage: 'en', targetLanguage: 'de' },
    train: part(['one', 'two'], ['eins', 'zwei']),
    validation: part(['three'], ['drei']),
    test: part(['four'], ['vier']),
  };

  it('is another for another line, order, language or split', () => {
    const digests = [
      pairs,
      { ...pairs, train: part(['one', 'too'], ['eins', 'zwei']) },
      { ...pairs, train: part(['two', 'one'], ['zwei', 'eins']) },
      { ...pairs, train: part(['one', 'two'], ['eins', 'zwo']) },
      { ...pairs, train: part(['one\ntwo'], ['eins\nzwei']) },
      { ...pairs, validation: pairs.test, test: pairs.validation },
      { ...pairs, targetLanguage: 'nl' },
    ].map(textPairsDigest);
    for (const digest of digests) expect(digest).toMatch(DIGEST);
    expect(new Set(digests).size).toBe(digests.length);
    expect(textPairsDigest({ ...pairs, title: 'Y' })).toBe(digests[0]);
  });

  it('is added to what a declaration reads', async () => {
    const folder = temporaryFolder();
    const [source, target] = [join(folder, 'a'), join(folder, 'b')];
    await writeFile(source, 'one\ntwo\n');
    await writeFile(target, 'eins\nzwei\n');
    const sha256 = createHash('sha256').update('one\ntwo\n').digest('hex');
    const loaded: TextPairDataset = await loadTextPairs(
      {
        ...{ kind: 'text-pairs', name: 'own', title: 'Own', summary: '', sources: [] },
        files: [{ name: 'a', size: 8, sha256 }],
        read: async () => ({ ...pairs, train: await readTextPairs(source, target) }),
      },
      { directory: folder, cache: join(folder, 'cache'), onProgress: quiet },
    );
    expect(loaded.digest).toBe(textPairsDigest(pairs));
  });
});
