import { list, type ReadEntry } from 'tar';
import { DatasetError } from '../errors.js';

/** A file inside an archive. */
export interface TarEntry {
  readonly name: string;
  readonly data: Buffer;
}

/** What the library adds to its errors. */
type TarFailure = NodeJS.ErrnoException & { readonly tarCode?: string; readonly entry?: ReadEntry };

/**
 * Reads the files of a .tar.gz one after another, each into memory.
 * @param onFile called with each in turn; once it has thrown, the rest is passed over and its error thrown
 * @throws DatasetError `broken-file` if the archive is truncated, cannot be read or is none.
 */
export async function readTarGz(path: string, onFile: (file: TarEntry) => void): Promise<void> {
  const refused: unknown[] = [];
  const onReadEntry = (entry: ReadEntry): void => {
    if (refused.length > 0 || (entry.type !== 'File' && entry.type !== 'OldFile')) return void entry.resume();
    const chunks: Buffer[] = [];
    entry.on('data', (chunk) => chunks.push(chunk));
    entry.on('end', () => {
      // A truncated file ends as well; the archive is refused for it right after.
      if (entry.remain > 0) return;
      try {
        onFile({ name: entry.path, data: Buffer.concat(chunks) });
      } catch (error) {
        refused.push(error);
      }
    });
  };
  await list({ file: path, strict: true, onReadEntry }).catch((cause: TarFailure) => {
    throw new DatasetError('broken-file', `${path} ${reasonOf(cause)}`, { cause });
  });
  if (refused.length > 0) throw refused[0];
}

function reasonOf({ tarCode, entry, code, syscall, message }: TarFailure): string {
  if (syscall !== undefined) return `cannot be read (${code})`;
  if (entry !== undefined && entry.remain > 0) {
    return `ends inside ${entry.path}: expected ${entry.size} bytes, found ${entry.size - entry.remain}`;
  }
  if (tarCode === 'TAR_ENTRY_INVALID') return 'is not a tar archive';
  return `is broken (${message.replace(/^(TAR_BAD_ARCHIVE|zlib): /, '')}): fetch it again`;
}
