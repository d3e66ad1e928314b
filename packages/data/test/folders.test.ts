import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { batches, type DatasetProgress, isInMemory, loadDataset, openClassFolders } from '../src/index.js';
import { writeImage } from './writers.js';

const quiet = () => {};

/** Two classes, PNG and JPEG, colour and grey, in subfolders or not. */
async function folders(): Promise<string> {
  const root = temporaryFolder();
  await writeImage(join(root, 'train', 'b', '2.png'), 6, 4, [10, 20, 30]);
  await writeImage(join(root, 'train', 'b', '10.png'), 6, 4, [40]);
  await writeImage(join(root, 'train', 'a', 'images', 'x.JPEG'), 6, 4, [200, 200, 200]);
  await writeImage(join(root, 'train', 'a', 'y.jpg'), 6, 4, [90]);
  await writeImage(join(root, 'val', 'a', 'v.png'), 6, 4, [1, 2, 3, 255]);
  await writeFile(join(root, 'train', 'a', 'list.txt'), 'no image');
  return root;
}

describe('class folders', () => {
  it('are opened in an order that is the same everywhere', async () => {
    const root = await folders();
    const { classes, train, test } = await openClassFolders(root);
    expect(classes).toEqual(['a', 'b']);
    expect(train.files).toEqual(
      ['a/images/x.JPEG', 'a/y.jpg', 'b/10.png', 'b/2.png'].map((name) => join(root, 'train', name)),
    );
    expect([...train.labels]).toEqual([0, 0, 1, 1]);
    expect(train).toMatchObject({ count: 4, height: 6, width: 4, channels: 3, fit: 'exact' });
    expect(test).toMatchObject({ count: 1, height: 6, width: 4 });
  });

  it('are loaded into memory, grey as RGB and without transparency', async () => {
    const events: DatasetProgress[] = [];
    const root = await folders();
    const dataset = await loadDataset('image-folders', { directory: root, onProgress: (event) => events.push(event) });
    const { train, test } = dataset;
    expect([...train.images.subarray(0, 3)]).toEqual([200, 200, 200]);
    expect([...train.images.subarray(72, 75)]).toEqual([90, 90, 90]);
    expect([...train.images.subarray(144, 147)]).toEqual([40, 40, 40]);
    expect([...train.images.subarray(216, 219)]).toEqual([10, 20, 30]);
    expect([...test.images.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(dataset.statistics.mean[2]).toBeCloseTo((200 + 90 + 40 + 30) / 4 / 255, 12);
    expect(events.at(-1)).toEqual({ kind: 'read', done: 5, total: 5 });
  });

  it('are streamed with the same contents', async () => {
    const directory = await folders();
    const streamed = await loadDataset('image-folders', { directory, stream: true, onProgress: quiet });
    const loaded = await loadDataset('image-folders', { directory, onProgress: quiet });
    expect(isInMemory(streamed.train)).toBe(false);
    expect(streamed.statistics).toEqual(loaded.statistics);
    const all = async (split: Parameters<typeof batches>[0]) => {
      const got = [];
      for await (const batch of batches(split, { batchSize: 3, shuffle: true, augment: { pad: 1, flip: true } }))
        got.push(batch);
      return got;
    };
    expect(await all(streamed.train)).toEqual(await all(loaded.train));
  });

  it('are brought to one size: the shorter side scaled, the middle cut out', async () => {
    const root = temporaryFolder();
    // Left third red, middle green, right third blue: the middle square of 3:1 is all green.
    const stripes = Buffer.alloc(30 * 90 * 3);
    for (let i = 0; i < 30 * 90; i++) stripes[i * 3 + Math.floor((i % 90) / 30)] = 255;
    await writeImage(join(root, 'train', 'a', '0.png'), 8, 8, [7]);
    await sharp(stripes, { raw: { width: 90, height: 30, channels: 3 } }).toFile(join(root, 'train', 'a', '1.png'));
    await writeImage(join(root, 'test', 'a', '0.png'), 40, 20, [9]);
    const options = { directory: root, size: { height: 10, width: 10 }, onProgress: quiet };
    const { train, test } = await loadDataset('image-folders', options);
    expect(train).toMatchObject({ count: 2, height: 10, width: 10 });
    expect([...train.images.subarray(0, 3)]).toEqual([7, 7, 7]);
    const middle = 300 + (5 * 10 + 5) * 3;
    expect([...train.images.subarray(middle, middle + 3)]).toEqual([0, 255, 0]);
    expect([...test.images.subarray(0, 3)]).toEqual([9, 9, 9]);
  });

  it('are refused by name where sizes differ and none is given', async () => {
    const root = await folders();
    const path = join(root, 'train', 'b', '10.png');
    await writeImage(path, 5, 4, [1]);
    await expect(loadDataset('image-folders', { directory: root, onProgress: quiet })).rejects.toThrow(
      `${path} is 4×5, the first image is 4×6: give a size to bring all to one`,
    );
  });

  it('are refused by name where an image is broken', async () => {
    const root = await folders();
    const path = join(root, 'train', 'a', 'y.jpg');
    await truncate(path, Math.floor((await readFile(path)).length / 2));
    await expect(loadDataset('image-folders', { directory: root, onProgress: quiet })).rejects.toThrow(
      `${path} cannot be decoded`,
    );
  });

  it('must have images, and no class of test images alone', async () => {
    const root = await folders();
    await writeImage(join(root, 'val', 'c', 'v.png'), 6, 4, [1]);
    await expect(openClassFolders(root)).rejects.toThrow(
      `${join(root, 'val')} has classes that ${join(root, 'train')} has not: c; it has a, b`,
    );
    const empty = temporaryFolder();
    await writeImage(join(empty, 'train', 'a', '0.png'), 2, 2, [1]);
    await writeImage(join(empty, 'test', 'a', '0.gif'), 2, 2, [1]);
    await expect(openClassFolders(empty)).rejects.toThrow(
      `${join(empty, 'test')} has classes without a .jpg or .png: a (left out 1, such as`,
    );
  });

  it('that would fill the memory are refused unless they are streamed', async () => {
    const directory = await folders();
    const size = { height: 20_000, width: 20_000 };
    const loading = loadDataset('image-folders', { directory, size, onProgress: quiet });
    await expect(loading).rejects.toMatchObject({
      message: expect.stringContaining('5.6 GiB in memory: load them with stream: true'),
    });
  });
});

describe('CIFAR-10 (JPEG)', () => {
  it('is what class folders of its classes are called', async () => {
    const root = temporaryFolder();
    const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
    for (const [i, name] of classes.entries()) {
      for (const part of ['train', 'test']) await writeImage(join(root, part, name, '0.jpg'), 32, 32, [i, i, i]);
    }
    const dataset = await loadDataset('cifar10-jpeg', { directory: root, onProgress: quiet });
    expect(dataset).toMatchObject({ name: 'cifar10-jpeg', title: 'CIFAR-10 (JPEG)', classes });
    expect([...dataset.train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(dataset.train.images[3 * 3072]).toBe(3);
  });

  it('is not any other folders', async () => {
    await expect(loadDataset('cifar10-jpeg', { directory: await folders(), onProgress: quiet })).rejects.toThrow(
      /has 6×4 images of a, b; expected 32×32 images of airplane/,
    );
    await expect(loadDataset('cifar10-jpeg', { onProgress: quiet })).rejects.toThrow(
      'CIFAR-10 (JPEG) could not be had from any of its sources:\n  - given directory: none was given',
    );
  });
});
