import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { batches, type DatasetProgress, loadDataset, type StreamedSplit } from '../src/index.js';
import { writeImage } from './writers.js';

/** Two classes of two images each in both splits, the first one a PNG. */
async function folders(): Promise<string> {
  const root = temporaryFolder();
  for (const part of ['train', 'test']) {
    for (const name of ['a/1.png', 'a/2.jpg', 'b/1.png', 'b/2.jpg']) {
      await writeImage(join(root, part, name), 32, 32, [90, 60, 30]);
    }
  }
  return root;
}

const load = (directory: string, stream: boolean, onProgress: (event: DatasetProgress) => void = () => {}) =>
  loadDataset('image-folders', { directory, onProgress, ...(stream && { stream }) });

afterEach(() => {
  if (process.getuid?.() === 0) process.seteuid!(0);
});

/** File permissions say nothing to root. */
function dropRights(): void {
  if (process.getuid?.() === 0) process.seteuid!(65_534);
}

const write = (content: string | Buffer) => (path: string) => writeFile(path, content);
const heads: [string, (path: string) => Promise<unknown>, RegExp][] = [
  ['is empty', write(''), / is empty$/],
  ['is one byte', write('x'), /it begins with 78$/],
  ['is a GIF', write('GIF89a and so on'), /is neither JPEG nor PNG, whatever its name says: it is a GIF image$/],
  ['is a WebP', write('RIFF\x10\x20\x30\x40WEBPVP8 '), /it is a WebP image$/],
  ['is a HEIC', write(Buffer.from('\0\0\0\x18ftypheic', 'latin1')), /it is a HEIF, AVIF or video file$/],
  ['is a web page', write('<!DOCTYPE html><title>404</title>'), /it is a web page$/],
  ['is a pointer', write('version https://git-lfs.github.com/spec/v1\n'), /it is a Git LFS pointer; `git lfs pull`/],
  [
    'cannot be read',
    async (path) => {
      await chmod(path, 0o000);
      dropRights();
    },
    / cannot be read \(EACCES\)$/,
  ],
  [
    'has a name that is not UTF-8',
    (path) => rename(path, Buffer.concat([Buffer.from(path.slice(0, -4)), Buffer.of(0xff), Buffer.from('.jpg')])),
    /2\ufffd\.jpg cannot be read \(its name is not UTF-8\)$/,
  ],
];

describe.each(['train/a/1.png', 'train/b/2.jpg', 'test/b/2.jpg'])('an image file, %s,', (name) => {
  it.each(heads)('that %s is refused by name, in memory and before it is streamed', async (_what, spoil, message) => {
    const root = await folders();
    const path = join(root, name);
    if (name.endsWith('.png') && message.source.includes('UTF-8')) return;
    await chmod(root, 0o755);
    await spoil(path);
    for (const stream of [false, true]) {
      const error = await load(root, stream).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        name: 'DatasetError',
        code: 'broken-file',
        message: expect.stringMatching(message),
      });
      if (!message.source.includes('UTF-8')) expect((error as Error).message.startsWith(`${path} `)).toBe(true);
    }
  });
});

const bodies: [string, (path: string) => Promise<void>, string][] = [
  ['is cut in the middle', async (path) => truncate(path, (await readFile(path)).length >> 1), '2.jpg'],
  ['lacks its last two bytes', async (path) => truncate(path, (await readFile(path)).length - 2), '2.jpg'],
  ['is cut in the middle', async (path) => truncate(path, (await readFile(path)).length >> 1), '1.png'],
  ['is no more than its signature', async (path) => truncate(path, 8), '1.png'],
  [
    'has a changed byte',
    async (path) => {
      const bytes = await readFile(path);
      bytes[bytes.length - 20]! ^= 0x55;
      await writeFile(path, bytes);
    },
    '1.png',
  ],
  [
    'has changed bytes',
    async (path) => {
      const bytes = await readFile(path);
      // Nothing but ones is no code of JPEG's tables; a zero byte marks each 255 as a value.
      const first = bytes.indexOf(Buffer.of(0xff, 0xda)) + 14;
      bytes.fill(Buffer.of(0xff, 0x00), first, first + 2 * ((bytes.length - 2 - first) >> 1));
      await writeFile(path, bytes);
    },
    '2.jpg',
  ],
];

it.each(bodies)('an image file that %s is refused by name when it is decoded (%#)', async (_what, spoil, name) => {
  const root = await folders();
  const path = join(root, 'train', 'b', name);
  await spoil(path);
  const message = expect.stringMatching(new RegExp(`^${path} cannot be decoded: (?!.*failOn)\\S.*[^:\\s]$`));
  await expect(load(root, false)).rejects.toMatchObject({ code: 'broken-file', message });
  // The sample for the statistics is all of these few images; a stream meets it when it comes to it.
  await expect(load(root, true)).rejects.toMatchObject({ code: 'broken-file', message });
  const split: StreamedSplit = {
    ...{ files: [path], labels: new Int32Array(1), count: 1, height: 32, width: 32, channels: 3, fit: 'exact' },
  };
  for (const prefetch of [0, 1]) {
    const read = async () => {
      for await (const _ of batches(split, { batchSize: 1, prefetch })) expect.unreachable();
    };
    await expect(read()).rejects.toMatchObject({ code: 'broken-file', message });
  }
});

it('an image file that becomes empty while it is streamed is refused by name', async () => {
  const root = await folders();
  const { train } = await load(root, true);
  const path = join(root, 'train', 'a', '2.jpg');
  await writeFile(path, '');
  for (const prefetch of [0, 1]) {
    const read = async () => {
      for await (const _ of batches(train, { batchSize: 4, prefetch })) expect.unreachable();
    };
    await expect(read()).rejects.toMatchObject({ code: 'broken-file', message: `${path} is empty` });
  }
});

it('a folder that cannot be read is refused by name', async () => {
  const root = await folders();
  await chmod(root, 0o755);
  await chmod(join(root, 'train', 'b'), 0o000);
  dropRights();
  for (const stream of [false, true]) {
    await expect(load(root, stream)).rejects.toMatchObject({
      code: 'broken-file',
      message: `${join(root, 'train', 'b')} cannot be read (EACCES)`,
    });
  }
});

it('a link to where one may not look is refused by name, and not taken for one to nothing', async () => {
  const [root, elsewhere] = [await folders(), temporaryFolder()];
  await chmod(root, 0o755);
  await mkdir(join(elsewhere, 'more'));
  await symlink(join(elsewhere, 'more'), join(root, 'train', 'b', 'more'));
  await chmod(elsewhere, 0o000);
  dropRights();
  await expect(load(root, false)).rejects.toMatchObject({
    code: 'broken-file',
    message: `${join(root, 'train', 'b', 'more')} cannot be read (EACCES)`,
  });
});

it('what is no file is left out, whatever its name', async () => {
  const root = await folders();
  const [pipe, folder] = [join(root, 'train', 'a', 'pipe.jpg'), join(root, 'train', 'a', 'folder.png')];
  execFileSync('mkfifo', [pipe]);
  await writeImage(join(folder, 'inside.png'), 32, 32, [1, 2, 3]);
  const events: DatasetProgress[] = [];
  const { train } = await load(root, false, (event) => events.push(event));
  expect(train.count).toBe(5);
  expect(events[0]).toEqual({
    kind: 'left-out',
    entries: [{ path: pipe, reason: 'neither file nor folder' }],
  });
});
