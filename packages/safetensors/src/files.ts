import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ChecksumCheck, withChecksums, withoutChecksums } from './checksums.js';
import { bytesOf, decodeArrays, dtypeOf, type ReadOptions, type Safetensors, safetensorsPieces } from './format.js';
import { readHeader, readHeaderLength, refusal, type TensorEntry } from './header.js';
import type { NamedArray } from './named-array.js';

/** Upper bound for one read or write: the system calls transfer slightly less than 2 GiB at a time. */
const CHUNK_BYTES = 2 ** 30;

/**
 * Reads a safetensors file of any size, one tensor at a time. Checks what it reads against the file's checksums, if
 * `writeSafetensors` gave it some; they are not part of the metadata that it returns.
 *
 * @throws Error naming the file and what is wrong with it, such as the tensor whose bytes are not those written;
 *   RangeError naming a wanted tensor of a type that cannot be read, such as F8_E4M3; the file system's own error if
 *   the file cannot be read
 */
export function readSafetensors(file: string, options: ReadOptions = {}): Safetensors {
  const refuse = refusal(file);
  // Asked before it is opened: opening a pipe waits for whoever writes into it.
  if (!statSync(file).isFile()) refuse('it is no file');
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bodyStart = 8 + readHeaderLength(readAt(descriptor, 0, Math.min(8, size), file), size, refuse);
    const { entries, metadata } = readHeader(readAt(descriptor, 8, bodyStart - 8, file), size - bodyStart, refuse);
    const checksums = new ChecksumCheck(metadata, refuse);
    const read = ({ name, dtype, shape, begin, end }: TensorEntry) => {
      const bytes = readAt(descriptor, bodyStart + begin, end - begin, file);
      checksums.check(name, { dtype, shape, bytes });
      return bytes;
    };
    return { ...decodeArrays(entries, read, file, options), metadata: withoutChecksums(metadata) };
  } finally {
    closeSync(descriptor);
  }
}

/** The file that a rename replaces: where a path is a link, what it leads to, so that the link stays. */
function replacedBy(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  const found = statSync(path, { throwIfNoEntry: false });
  if (isLink && !found) throw Object.assign(new Error('ENOENT: it is a link to nothing'), { code: 'ENOENT' });
  // A rename would put a regular file in the place of anything, also of a device.
  if (found && !found.isFile() && !found.isDirectory()) {
    throw Object.assign(new Error('EINVAL: it is not a regular file'), { code: 'EINVAL' });
  }
  return isLink ? realpathSync(path) : path;
}

/** How a file is written. */
export interface WriteOptions {
  /**
   * Whether the metadata get a SHA-256 of every tensor, which `readSafetensors` checks: for files that are read back
   * long after, such as checkpoints. Default false.
   */
  readonly checksums?: boolean;
}

/**
 * Writes a safetensors file atomically: under a temporary name in the same folder, flushed to disk, then renamed. So
 * the file always holds either the old content or all of the new one. Where the path is a symbolic link, what it leads
 * to is written so, and the link stays.
 *
 * @throws RangeError if an array does not fit its shape or there is no such option; Error naming the file, with the
 *   system's `code`, if it cannot be written (ENOSPC, EACCES …), after removing the temporary file
 */
export function writeSafetensors(
  file: string,
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Record<string, string> = {},
  options: WriteOptions = {},
): void {
  const unknown = Object.keys(options).find((key) => key !== 'checksums');
  if (unknown !== undefined) {
    throw new RangeError(`writeSafetensors: options has no '${unknown}'; the option is checksums`);
  }
  const pieces = safetensorsPieces(arrays, options.checksums ? withChecksums(summed(arrays), metadata) : metadata);
  let temporary: string | undefined;
  try {
    const target = replacedBy(file);
    temporary = join(dirname(target), `.${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
    const descriptor = openSync(temporary, 'wx');
    try {
      for (const piece of pieces) writeWhole(descriptor, piece);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    removeQuietly(temporary);
    throw writeError(file, error as NodeJS.ErrnoException);
  }
}

function removeQuietly(file: string | undefined): void {
  try {
    if (file !== undefined) rmSync(file, { force: true });
  } catch {
    // What went wrong first says more.
  }
}

/** The system's own message names no file (`ENOSPC: no space left on device, write`), or the temporary one. */
function writeError(file: string, cause: NodeJS.ErrnoException): Error {
  const { code, message } = cause;
  // An array that was refused, not a system call.
  if (code === undefined) return cause;
  const [, reason = message] = /^[A-Z0-9]+: ([^,]+)/.exec(message) ?? [];
  return Object.assign(new Error(`${file} cannot be written: ${reason} (${code})`, { cause }), { code });
}

function* summed(arrays: ReadonlyMap<string, NamedArray>) {
  for (const [name, { shape, values }] of arrays) {
    yield [name, { dtype: dtypeOf(values), shape, bytes: bytesOf(values) }] as const;
  }
}

function readAt(descriptor: number, position: number, length: number, file: string): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const read = readSync(descriptor, bytes, done, Math.min(CHUNK_BYTES, length - done), position + done);
    if (read === 0) refusal(file)(`it was truncated while being read`);
    done += read;
  }
  return bytes;
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, Math.min(CHUNK_BYTES, bytes.length - done));
  }
}
