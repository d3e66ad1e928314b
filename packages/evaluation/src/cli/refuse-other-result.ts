import { existsSync } from 'node:fs';

/** Refuses to write over a file that is no result of ours. @throws ResultFileError naming the file */
export async function refuseNoResult(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const { readSweepResult } = await import('../results/index.js');
  await readSweepResult(file);
}

/**
 * Refuses to write over the result of another command, or of the same on other data.
 *
 * @param what what such results are called: `sweep`, `comparison`
 * @param digest of the data, once they are loaded
 * @throws Error naming the file; ResultFileError if it is no result
 */
export async function refuseOtherResult(file: string, what: string, command: string, digest?: string): Promise<void> {
  if (!existsSync(file)) return;
  const { readSweepResult } = await import('../results/index.js');
  const { command: other, datasetDigest } = await readSweepResult(file);
  if (other === command && digest !== undefined && datasetDigest !== undefined && digest !== datasetDigest) {
    throw new Error(
      `${file} holds the result of a ${what} on other data (their digest was ${datasetDigest}, is now ${digest}); ` +
        'choose another --out, or remove it and its figures',
    );
  }
  if (other === command) return;
  throw new Error(
    `${file} holds the result of another ${what} (${other}); choose another --out, or remove it and its figures`,
  );
}
