/**
 * Calls every function of @winnow/native, and of the addon below it, with arguments good and bad, in a process of its
 * own. A call must return or throw an Error; a process that dies is a fault, and its seed and last call are printed.
 *
 *   node scripts/start.mjs --script native/fuzz/surface.ts --seconds 60 --seed 1 [--only CALL]
 *     [--sanitize address,undefined]
 *
 * With --sanitize the addon is built anew with these sanitizers, and Node runs with their libraries.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSanitized, sanitizerEnvironment } from './surface/sanitized.js';

/** Calls are of small arrays: one that takes so long hangs, also under a sanitizer on a busy machine. */
const LONGEST_CALL_MS = 300_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    sanitize: { type: 'string' },
    child: { type: 'string' },
  },
});
const plan = {
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  only: values.only === undefined ? undefined : Number(values.only),
};
if (![plan.seed, plan.seconds, plan.only ?? 0].every((number) => number >= 0 && Number.isFinite(number))) {
  throw new RangeError('fuzz/surface: --seconds, --seed and --only must be numbers ≥ 0');
}

if (values.child !== undefined) {
  const { runCalls } = await import('./surface/child.js');
  const counts = await runCalls({ ...plan, file: values.child });
  const lines = Object.entries(counts).map(([name, { calls, returned }]) => ({ name, calls, returned }));
  for (const { name, calls, returned } of lines)
    console.log(`${String(calls).padStart(9)} ${String(returned).padStart(9)}  ${name}`);
  console.log(`${lines.reduce((sum, { calls }) => sum + calls, 0)} calls, seed ${plan.seed}`);
  const idle = lines.filter(({ calls, returned }) => calls === 0 || (returned === 0 && calls > 100));
  // A function that never does its work is not tested. (TensorFlow is never loaded here.)
  const missing = idle.filter(({ name }) => !name.endsWith('loadTensorFlowOps'));
  if (plan.only === undefined && missing.length > 0) {
    console.error(`never called, or never with success: ${missing.map(({ name }) => name).join(', ')}`);
    process.exit(1);
  }
} else {
  process.exit(await watch());
}

/** Runs the calls in a child and says how it ended. */
async function watch(): Promise<number> {
  const environment = { ...process.env };
  if (values.sanitize !== undefined) {
    Object.assign(environment, sanitizerEnvironment(values.sanitize));
    environment['WINNOW_NATIVE_DIR'] = buildSanitized(values.sanitize);
  } else {
    const { buildNative } = await import('@winnow/native/build');
    await buildNative();
  }
  const directory = mkdtempSync(join(tmpdir(), 'winnow-fuzz-'));
  const file = join(directory, 'last-call');
  const self = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [...process.execArgv, self, ...process.argv.slice(2), '--child', file], {
    stdio: 'inherit',
    env: environment,
  });
  const started = Date.now();
  let hangs = false;
  const timer = setInterval(() => {
    const last = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? started;
    if (Date.now() - last < LONGEST_CALL_MS || Date.now() - started < LONGEST_CALL_MS) return;
    hangs = true;
    child.kill('SIGKILL');
  }, 1000);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on('exit', (...end) => resolve(end)),
  );
  clearInterval(timer);
  const last = statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, 'utf8').trim() : 'before the first call';
  rmSync(directory, { recursive: true });
  if (code === 0) return 0;
  const end = hangs ? `a call took over ${LONGEST_CALL_MS / 1000} s` : (signal ?? `exit code ${code}`);
  console.error(`fuzz/surface: ${end}; seed ${plan.seed}, last ${last}`);
  return 1;
}
