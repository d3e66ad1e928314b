import { checkPath } from '../check-arguments.js';
import { DatasetError } from '../errors.js';
import { readUnpacked } from './read-whole.js';

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
  /**
   * What tells it apart from every other, as `textPairsDigest` gives it: 32 hexadecimal digits over all lines. Runs
   * keep it, and refuse to be resumed on other data.
   */
  readonly digest: string;
}

/**
 * The lines of a UTF-8 file, compressed by gzip or not, without white space at their ends.
 *
 * @throws DatasetError `broken-file` naming the file, if it cannot be read or unpacked, or is not UTF-8 text
 */
export async function readLines(path: string): Promise<string[]> {
  checkPath('readLines', 'path', path);
  const bytes = await readUnpacked(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DatasetError('broken-file', `${path} is not UTF-8 text`, { cause });
  }
  if (text.includes('\0')) throw new DatasetError('broken-file', `${path} is no text: it holds zero bytes`);
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * Two files of lines that belong together.
 *
 * @param count how many lines each must have; default: as many as the other
 * @throws DatasetError `broken-file` naming the files, if they have no lines, their lines do not correspond or one of a
 *   pair is empty
 */
export async function readTextPairs(sourcePath: string, targetPath: string, count?: number): Promise<TextPairSplit> {
  for (const [name, path] of Object.entries({ sourcePath, targetPath })) checkPath('readTextPairs', name, path);
  const [source, target] = await Promise.all([readLines(sourcePath), readLines(targetPath)]);
  if (source.length !== target.length) {
    throw new DatasetError(
      'broken-file',
      `${sourcePath} has ${source.length} lines, ${targetPath} ${target.length}: ` +
        'they are not translations of each other',
    );
  }
  if (source.length === 0) throw new DatasetError('broken-file', `${sourcePath} and ${targetPath} have no lines`);
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
