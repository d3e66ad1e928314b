import * as fs from 'node:fs';
import { readdirSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import { WriteError, writeFileAtomic, writeFileAtomicSync } from '@winnow/system/files';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

vi.mock('node:fs', { spy: true });
vi.mock('node:fs/promises', { spy: true });

/** What Node.js throws when the disk is full: it names no file. */
const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

it.each<[string, (path: string) => unknown, () => void]>([
  [
    'writeFileAtomicSync',
    (path) => writeFileAtomicSync(path, 'new'),
    () =>
      vi.mocked(fs.writeFileSync).mockImplementationOnce(() => {
        throw full();
      }),
  ],
  [
    'writeFileAtomic',
    (path) => writeFileAtomic(path, 'new'),
    () => {
      const open = vi.mocked(promises.open).getMockImplementation() ?? promises.open;
      vi.mocked(promises.open).mockImplementationOnce(async (...args) => {
        const handle = (await open(...args)) as FileHandle;
        return Object.assign(handle, { writeFile: () => Promise.reject(full()) });
      });
    },
  ],
])('%s names the file on a full disk, and leaves the old content', async (_name, write, fill) => {
  const folder = temporaryFolder();
  const path = join(folder, 'result.json');
  writeFileSync(path, 'old');
  fill();
  const error = await Promise.resolve()
    .then(() => write(path))
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WriteError);
  expect(error).toMatchObject({
    message: `${path} cannot be written: no space left on device (ENOSPC)`,
    code: 'ENOSPC',
  });
  expect(readdirSync(folder)).toEqual(['result.json']);
  expect(fs.readFileSync(path, 'utf8')).toBe('old');
});
