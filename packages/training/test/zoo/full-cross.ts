/**
 * The whole product of the zoo: `npx -y pnpm@10.34.9 zoo [WORD…]`. With words, only cases whose name has all of them.
 */

import { fullCases } from './cases.js';
import { runCase } from './cross.js';

const words = process.argv.slice(2);
const faults = new Map<string, string[]>();
let [count, failed] = [0, 0];
for (const one of fullCases()) {
  const { kind, method, way, after, takes } = one;
  const name = `${kind} × ${method.name}, ${method.granularity} × ${way} × ${after} × ${takes} kernels`;
  if (!words.every((word) => name.includes(word))) continue;
  count++;
  try {
    await runCase(one);
  } catch (error) {
    failed++;
    const message = error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
    faults.set(message, [...(faults.get(message) ?? []), name]);
  }
  if (count % 500 === 0) process.stdout.write(`${count} done, ${failed} failed\n`);
}
for (const [message, names] of faults) {
  process.stdout.write(`\n${names.length} × ${message}\n  ${names.slice(0, 3).join('\n  ')}\n`);
}
process.stdout.write(`\n${count} cases, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
