import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic, writeFileAtomicSync } from '@winnow/system/files';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

describe.each([
  ['writeFileAtomic', writeFileAtomic],
  ['writeFileAtomicSync', async (path: string, data: string | Uint8Array) => writeFileAtomicSync(path, data)],
] as const)('%s', (_name, write) => {
  test('writes text and bytes, and replaces', async () => {
    const path = join(temporaryFolder(), 'file');
    await write(path, 'old');
    await write(path, new Uint8Array([1, 2, 3]));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(join(path, '..'))).toEqual(['file']);
  });

  test('leaves nothing behind when it fails', async () => {
    const path = join(temporaryFolder(), 'folder');
    mkdirSync(path);
    await expect(write(path, 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(join(path, '..'))).toEqual(['folder']);
  });

  test('creates missing folders, and reports a file in the way', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 'file');
    await write(path, 'text');
    expect(readFileSync(path, 'utf8')).toBe('text');
    await expect(write(join(path, 'c'), 'text')).rejects.toThrow(/ENOTDIR|EEXIST/);
  });

  test('simultaneous writers do not mix', async () => {
    const path = join(temporaryFolder(), 'file');
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map((text) => write(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(join(path, '..'))).toEqual(['file']);
  });
});
