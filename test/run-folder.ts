/** Vitest's global setup: the temporary folder of a run, which must be empty at its end. */

import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tools keep for the next process, and an install script of npm's core-js: no test made it. */
const TOOLS = /^(tsx-|node-compile-cache$|core-js-banners$)/;

/**
 * Gives the run a temporary folder of its own.
 * @returns what removes it, and fails the run if a test has left something there
 */
export default function setup(): () => void {
  const names = ['TMPDIR', 'TEMP', 'TMP'] as const;
  const before = names.map((name) => process.env[name]);
  const folder = mkdtempSync(join(tmpdir(), 'winnow-run-'));
  // Some tests drop their rights and must still come here.
  chmodSync(folder, 0o755);
  for (const name of names) process.env[name] = folder;
  return () => {
    const left = readdirSync(folder).filter((name) => !TOOLS.test(name));
    rmSync(folder, { recursive: true, force: true });
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    });
    if (left.length === 0) return;
    process.stderr.write(
      `tests left ${left.join(', ')} in the temporary folder: make folders with temporaryFolder()\n`,
    );
    // What is thrown here, Vitest shows and ends well.
    process.exitCode = 1;
  };
}
