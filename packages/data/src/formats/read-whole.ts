import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, type ZlibOptions } from 'node:zlib';
import { DatasetError } from '../errors.js';

/** A compressed file that grows beyond this is refused: a small one can hold more than a machine has memory. */
const UNPACKED_LIMIT = 4 * 2 ** 30;

const inflate = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip);

/**
 * All bytes of a file.
 * @throws DatasetError `broken-file` that names the file, if it cannot be read.
 */
export async function readWhole(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DatasetError('broken-file', `${path} cannot be read (${cause.code ?? cause.message})`, { cause });
  });
}

/**
 * All bytes of a file, unpacked if gzip has compressed it; its first bytes say so, whatever its name. Zero bytes behind
 * what was compressed are padding.
 * @throws DatasetError `broken-file` that names the file, if it cannot be read or unpacked, holds more than 4 GiB, or
 *   goes on behind what was compressed.
 */
export async function readUnpacked(path: string): Promise<Buffer> {
  const bytes = await readWhole(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return inflate(bytes, { maxOutputLength: UNPACKED_LIMIT }).catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'ERR_BUFFER_TOO_LARGE'
        ? 'unpacks to more than 4 GiB'
        : `is a broken gzip file (${cause.message}): fetch it again`;
    throw new DatasetError('broken-file', `${path} ${reason}`, { cause });
  });
}
