import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { withLock } from '../lib/builder/lock.js';

let directory: string;
beforeEach(async () => {
  directory = temporaryFolder();
});

describe('withLock', () => {
  it('lets one in at a time', async () => {
    const path = join(directory, 'lock');
    let inside = 0;
    let most = 0;
    const work = () =>
      withLock(path, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside--;
      });
    await Promise.all([work(), work(), work()]);
    expect(most).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is released when the body throws', async () => {
    const path = join(directory, 'lock');
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, async () => 'yes')).toBe('yes');
  });

  it.each([
    ['a dead process', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() })],
    ['an earlier process with our id', JSON.stringify({ pid: process.pid, host: hostname() })],
  ])('is taken over from %s', async (_, content) => {
    const path = join(directory, 'lock');
    await writeFile(path, content);
    expect(await withLock(path, async () => 'yes')).toBe('yes');
  });
});
