import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { DatasetError } from '../errors.js';

/** Names of files that are taken for images; the first bytes then say whether they are. */
const IMAGE_NAME = /\.(jpe?g|png)$/i;
/** So many bytes tell every kind of file below. */
const HEAD_BYTES = 32;
/** So many bytes at the end tell files apart: a PNG has its checksum there, a JPEG what its pixels were packed into. */
const TAIL_BYTES = 4096;
const JPEG = '\xff\xd8\xff';
const PNG = '\x89PNG\r\n\x1a\n';

/** What is often found under an image's name, by how it begins. */
const OTHER_KINDS: readonly (readonly [start: string, what: string, offset?: number])[] = [
  ['GIF8', 'a GIF image'],
  ['WEBP', 'a WebP image', 8],
  ['BM', 'a BMP image'],
  ['II*\0', 'a TIFF image'],
  ['MM\0*', 'a TIFF image'],
  ['ftyp', 'a HEIF, AVIF or video file', 4],
  ['version https://git-lfs', 'a Git LFS pointer; `git lfs pull` fetches the image'],
  ['<html', 'a web page'],
  ['<!DOCTYPE html', 'a web page'],
];

/** Whether a file of this name is taken for an image: `.jpg`, `.jpeg` and `.png`, in whatever case. */
export function hasImageName(name: string): boolean {
  return IMAGE_NAME.test(name);
}

/** Whether a file's bytes are a PNG's. */
export function isPng(bytes: Uint8Array): boolean {
  return headOf(bytes).startsWith(PNG);
}

/**
 * All bytes of an image file.
 * @throws DatasetError `broken-file` if it cannot be read, is empty, or is neither JPEG nor PNG.
 */
export async function readImageFile(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => refuseUnreadable(path, error));
  refuseUnlessImage(path, bytes);
  return bytes;
}

/**
 * Reads no more than the beginning of an image file: enough to refuse one that is empty, not to be read or of another
 * kind.
 * @throws DatasetError `broken-file` that names the file.
 */
export function checkImageFile(path: string): Promise<void> {
  return reading(path, async (file) => refuseUnlessImage(path, await bytesAt(file, 0, HEAD_BYTES)));
}

/**
 * What tells an image file apart from another without reading all of it: its size and a hash of its last 4 KiB.
 * @throws DatasetError as `checkImageFile` does.
 */
export function markImageFile(path: string): Promise<string> {
  return reading(path, async (file) => {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const tail = await bytesAt(file, start, size - start);
    refuseUnlessImage(path, start === 0 ? tail : await bytesAt(file, 0, HEAD_BYTES));
    return `${size} ${createHash('sha256').update(tail).digest('base64').slice(0, 16)}`;
  });
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, (await file.read(bytes, 0, length, position)).bytesRead);
}

/** Names the file in what the file system says of it. */
async function reading<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path);
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    return refuseUnreadable(path, error as NodeJS.ErrnoException);
  }
}

/**
 * What tells a file apart from all others: two names that are hard links to one file have the same.
 * @param real its path without symbolic links
 * @throws DatasetError `broken-file` that names the file.
 */
export async function identityOf(path: string, real: string): Promise<string> {
  const { nlink, dev, ino } = await stat(real, { bigint: true }).catch((error) => refuseUnreadable(path, error));
  // Some file systems have no inodes, and no hard links either.
  return nlink > 1n ? `${dev}:${ino}` : real;
}

/** @throws DatasetError `broken-file` that names a file or folder in what the file system says of it */
export function refuseUnreadable(path: string, error: NodeJS.ErrnoException): never {
  // Node.js replaces what is not UTF-8, and the file is then not found under the name that is left.
  const isGarbled = error.code === 'ENOENT' && path.includes('\ufffd');
  const reason = isGarbled ? 'its name is not UTF-8' : (error.code ?? error.message);
  throw new DatasetError('broken-file', `${path} cannot be read (${reason})`, { cause: error });
}

function refuseUnlessImage(path: string, bytes: Uint8Array): void {
  if (bytes.length === 0) throw new DatasetError('broken-file', `${path} is empty`);
  const head = headOf(bytes);
  if (head.startsWith(JPEG) || head.startsWith(PNG)) return;
  const kind = OTHER_KINDS.find(([start, , offset]) => head.startsWith(start, offset))?.[1];
  const found = kind ?? `begins with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`;
  const what = kind === undefined ? `it ${found}` : `it is ${kind}`;
  throw new DatasetError('broken-file', `${path} is neither JPEG nor PNG, whatever its name says: ${what}`);
}

function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
}
