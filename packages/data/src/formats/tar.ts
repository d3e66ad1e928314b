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
 * Reads files of a .tar.gz one after another, each into memory.
 * @param wants asked for each file, before its contents are read; may throw
 * @param onFile called with each wanted one in turn; once either has thrown, the rest is passed over and its error
 *   thrown
 * @throws DatasetError `broken-file` if the archive is truncated, cannot be read or is none.
 */
export async function readTarGz(
  path: string,
  wants: (name: string, size: number) => boolean,
  onFile: (file: TarEntry) => void,
): Promise<void> {
  const refused: unknown[] = [];
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      refused.push(error);
      return undefined;
    }
  };
  const onReadEntry = (entry: ReadEntry): void => {
    const isFile = entry.type === 'File' || entry.type === 'OldFile';
    const isWanted = refused.length === 0 && isFile && attempt(() => wants(entry.path, entry.size));
    if (!isWanted) return void entry.resume();
    const chunks: Buffer[] = [];
    entry.on('data', (chunk) => chunks.push(chunk));
    entry.on('end', () => {
      // A truncated file ends as well; the archive is refused for it right after.
      if (entry.remain === 0) attempt(() => onFile({ name: entry.path, data: Buffer.concat(chunks) }));
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
