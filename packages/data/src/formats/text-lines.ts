import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DatasetError } from '../errors.js';

/** Sentences and their translations: `source[i]` belongs to `target[i]`. */
export interface TextPairSplit {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** Number of pairs. */
  readonly count: number;
}

/** A data set of translations that is ready for use. */
export interface TextPairDataset {
  /** The name it is loaded by, such as `multi30k`. */
  readonly name: string;
  /** What tables and figures call it, such as `Multi30k`. */
  readonly title: string;
  /** BCP 47 language tags. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly train: TextPairSplit;
  readonly validation: TextPairSplit;
  readonly test: TextPairSplit;
}

/**
 * The lines of a UTF-8 file, compressed by gzip or not, without white space at their ends.
 *
 * @throws DatasetError `broken-file` naming the file, if it cannot be read, unpacked or is not UTF-8
 */
export async function readLines(path: string): Promise<string[]> {
  const refuse = (reason: string, cause: unknown): never => {
    throw new DatasetError('broken-file', `${path} ${reason}`, { cause });
  };
  let bytes: Uint8Array = await readFile(path).catch((error: NodeJS.ErrnoException) =>
    refuse(`cannot be read (${error.code})`, error),
  );
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    bytes = await promisify(gunzip)(bytes).catch((error: Error) =>
      refuse(`is a broken gzip file (${error.message}): fetch it again`, error),
    );
  }
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    refuse('is not UTF-8 text', error);
  }
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * Two files of lines that belong together.
 *
 * @param count how many lines each must have; default: as many as the other
 * @throws DatasetError `broken-file` naming the files, if their lines do not correspond or one of a pair is empty
 */
export async function readTextPairs(sourcePath: string, targetPath: string, count?: number): Promise<TextPairSplit> {
  const [source, target] = await Promise.all([readLines(sourcePath), readLines(targetPath)]);
  if (source.length !== target.length) {
    throw new DatasetError(
      'broken-file',
      `${sourcePath} has ${source.length} lines, ${targetPath} ${target.length}: ` +
        'they are not translations of each other',
    );
  }
  if (count !== undefined && source.length !== count) {
    throw new DatasetError('broken-file', `${sourcePath} has ${source.length} lines, expected ${count}`);
  }
  const empty = source.findIndex((line, i) => (line === '') !== (target[i] === ''));
  if (empty >= 0) {
    const path = source[empty] === '' ? sourcePath : targetPath;
    throw new DatasetError('broken-file', `${path}: line ${empty + 1} is empty, its translation is not`);
  }
  return { source, target, count: source.length };
}
