/**
 * The whole product of the zoo: `npx -y pnpm@10.34.9 zoo [WORD…]`. With words, only cases whose name has all of them.
 * Every fault is printed once as soon as it is found, with the words that select its first case. Ends in a summary, and
 * with exit code 1 if a case failed, if no case has the words, or if it was interrupted.
 */

import { startProgress } from '@winnow/system/progress';
import { fullCases } from './cases.js';
import { runCase } from './cross.js';
import { quietWarnings } from './quiet-warnings.js';

const words = process.argv.slice(2);
const titleOf = ({ kind, method, way, after, takes }: ReturnType<typeof fullCases>[number]) =>
  `${kind} × ${method.name}, ${method.granularity} × ${way} × ${after} × ${takes} kernels`;
const chosen = fullCases().filter((one) => words.every((word) => titleOf(one).includes(word)));
if (chosen.length === 0) {
  process.stderr.write(`zoo: no case's name has ${words.map((word) => `'${word}'`).join(' and ')}\n`);
  process.exit(1);
}

let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true;
});
quietWarnings();
/** Names of the failed cases, by what went wrong. */
const faults = new Map<string, string[]>();
let [done, failed] = [0, 0];
const progress = startProgress({ title: 'Zoo', total: chosen.length, unit: 'cases' });
for (const one of chosen) {
  if (interrupted) break;
  try {
    await runCase(one);
  } catch (error) {
    failed++;
    const message = error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
    const names = faults.get(message) ?? [];
    if (names.length === 0)
      process.stdout.write(`\nfailed: ${titleOf(one)}\n${error instanceof Error ? error.stack : error}\n`);
    faults.set(message, [...names, titleOf(one)]);
  }
  done++;
  progress.update(done, `${failed} failed`);
  // Between two cases, so that Ctrl-C is heard: a case may never wait.
  await new Promise(setImmediate);
}
progress.stop(`${failed} failed`);
for (const [message, names] of faults) {
  process.stdout.write(`\n${names.length} × ${message}\n  ${names.slice(0, 3).join('\n  ')}\n`);
}
const kinds = new Set(chosen.slice(0, done).map(({ kind }) => kind)).size;
const methods = new Set(chosen.slice(0, done).map(({ method }) => method.name)).size;
process.stdout.write(
  `\n${done} of ${chosen.length} cases (${kinds} models, ${methods} methods), ` +
    `${done - failed} right or refused by name, ${failed} failed${interrupted ? '; interrupted' : ''}\n`,
);
process.exit(failed > 0 || interrupted ? 1 : 0);
