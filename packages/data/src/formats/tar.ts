import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DatasetError } from '../errors.js';

const BLOCK = 512;
const REGULAR_FILE = new Set(['0', '\0']);

/** A file inside an archive. */
export interface TarEntry {
  readonly name: string;
  readonly data: Buffer;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}

/** Hands out bytes of a stream in pieces of the size that is asked for. */
class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next `size` bytes, fewer only at the end of the stream. */
  async take(size: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < size) {
      const { value, done } = await this.#chunks.next();
      if (done) break;
      parts.push(value);
      have += value.length;
    }
    const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.#rest = all.subarray(size);
    return all.subarray(0, size);
  }
}

async function* entries(path: string, reader: Reader): AsyncGenerator<TarEntry, void, undefined> {
  for (;;) {
    const header = await reader.take(BLOCK);
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    if (header.length < BLOCK || Number.isNaN(size))
      throw new DatasetError('broken-file', `${path} is not a tar archive`);
    const name = text(header, 0, 100);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    const data = (await reader.take(padded)).subarray(0, size);
    if (data.length < size) {
      throw new DatasetError(
        'broken-file',
        `${path} ends inside ${name}: expected ${size} bytes, found ${data.length}`,
      );
    }
    if (REGULAR_FILE.has(text(header, 156, 1) || '\0')) yield { name, data };
  }
}

/**
 * Reads the files of a .tar.gz one after another, each into memory.
 * @throws DatasetError `broken-file` if the archive is truncated or is none.
 */
export async function* readTarGz(path: string): AsyncGenerator<TarEntry, void, undefined> {
  const gunzip = createGunzip();
  const pumped = pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), gunzip);
  // Its failure also reaches whoever reads from `gunzip`.
  pumped.catch(() => {});
  try {
    yield* entries(path, new Reader(gunzip));
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError('broken-file', `${path} is broken (${(error as Error).message}): fetch it again`);
  } finally {
    gunzip.destroy();
  }
}
