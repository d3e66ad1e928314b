import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { DatasetFile } from '../declaration.js';

/** Says what is wrong with the file at `path`, measured against its declaration; undefined if it is the right one, `absent` if none. */
export async function faultOf(path: string, file: DatasetFile): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return 'absent';
  if (found.size !== file.size) return `${path} has ${found.size} bytes, expected ${file.size}`;
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    return `${path} cannot be read (${(error as Error).message})`;
  }
  const sha256 = hash.digest('hex');
  return sha256 === file.sha256 ? undefined : `${path} has sha256 ${sha256}, expected ${file.sha256}`;
}
