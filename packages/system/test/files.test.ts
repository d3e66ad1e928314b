import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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

  test('writes what a link leads to, and the link stays', async () => {
    const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(elsewhere, 'real'), 'old');
    symlinkSync(join(elsewhere, 'real'), join(folder, 'middle'));
    symlinkSync('middle', join(folder, 'link'));
    await write(join(folder, 'link'), 'new');
    expect(readFileSync(join(elsewhere, 'real'), 'utf8')).toBe('new');
    expect(readlinkSync(join(folder, 'link'))).toBe('middle');
    expect([readdirSync(folder), readdirSync(elsewhere)]).toEqual([['link', 'middle'], ['real']]);
  });

  test('names a link that cannot be written through, and leaves it as it is', async () => {
    const folder = temporaryFolder();
    const at = (name: string) => join(folder, name);
    mkdirSync(at('folder'));
    symlinkSync(at('nothing'), at('broken'));
    symlinkSync(at('round'), at('round'));
    symlinkSync(at('folder'), at('to-folder'));
    symlinkSync('/dev/null', at('to-device'));
    await expect(write(at('broken'), '')).rejects.toThrow(
      `${at('broken')} cannot be written: it is a link to nothing (ENOENT)`,
    );
    await expect(write(at('round'), '')).rejects.toThrow(/round cannot be written: .*ELOOP/);
    await expect(write(at('to-folder'), '')).rejects.toThrow(
      /to-folder cannot be written: .*(EISDIR|ENOTEMPTY|EEXIST)/,
    );
    await expect(write(at('to-device'), '')).rejects.toThrow(
      `${at('to-device')} cannot be written: it is not a regular file (EINVAL)`,
    );
    expect(readdirSync(folder).sort()).toEqual(['broken', 'folder', 'round', 'to-device', 'to-folder']);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('simultaneous writers do not mix', async () => {
    const path = join(temporaryFolder(), 'file');
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map((text) => write(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(join(path, '..'))).toEqual(['file']);
  });
});
