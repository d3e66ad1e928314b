/** The process that makes the calls. It may die; the parent knows the last call from a file. */

import { openSync, writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { nativeBinding } from '../../lib/load.js';
import { makeHostile, scribbled } from './hostile.js';
import { libraryCalls } from './library-calls.js';
import { Random } from './random.js';
import { rawCalls } from './raw-calls.js';

export interface Plan {
  seed: number;
  seconds: number;
  /** Make this call alone. */
  only: number | undefined;
  /** Receives what is called before it is. */
  file: string;
}

/** Per function: how often it was called, and how often it returned. */
export type Counts = Record<string, { calls: number; returned: number }>;

const SCRIBBLER = `
  const words = new Int32Array(require('node:worker_threads').workerData);
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    for (let i = 0; i < 5000; i++) words[Math.floor(Math.random() * words.length)] = Math.random() * 2 ** 32;
    Atomics.wait(never, 0, 0, 1);
  }`;

interface Target {
  name: string;
  make: (random: Random) => unknown[];
  call: (...args: unknown[]) => unknown;
}

function targets(): Target[] {
  const binding = nativeBinding();
  const raw = rawCalls(binding);
  const functions = Object.entries(binding).filter(([, value]) => typeof value === 'function');
  const all = functions.map(([name, call]): Target => {
    const make = raw[name];
    if (make === undefined) throw new Error(`fuzz/surface: nobody calls the addon's ${name}; add it to raw-calls.ts`);
    return { name: `raw ${name}`, make, call: call as Target['call'] };
  });
  return [...all, ...Object.entries(libraryCalls()).map(([name, { make, call }]) => ({ name, make, call }))];
}

/** Without running a getter or a proxy's traps. */
function describe(args: unknown[]): string {
  const options = { depth: 3, maxArrayLength: 6, breakLength: Number.POSITIVE_INFINITY, showProxy: true };
  return inspect(args, { ...options, getters: false, maxStringLength: 80, customInspect: false });
}

export async function runCalls(plan: Plan): Promise<Counts> {
  const scribbler = new Worker(SCRIBBLER, { eval: true, workerData: scribbled });
  const list = targets();
  const counts: Counts = Object.fromEntries(list.map(({ name }) => [name, { calls: 0, returned: 0 }]));
  const file = openSync(plan.file, 'w');
  const end = performance.now() + plan.seconds * 1000;
  for (let i = plan.only ?? 0; i === plan.only || (plan.only === undefined && performance.now() < end); i++) {
    const random = new Random(plan.seed, i);
    // Every function once for each round, so that a short run calls all.
    const target = list[i % list.length]!;
    let args = target.make(random);
    if (random.chance(0.65)) args = makeHostile(random, args);
    const text = `call ${i}: ${target.name}(${describe(args).slice(0, 3000)})\n`;
    writeSync(file, `${text.padEnd(3100)}`, 0);
    counts[target.name]!.calls++;
    try {
      const result = target.call(...args);
      // What works on another thread ends before the next call, or memory would fill.
      if (result instanceof Promise) await result;
      counts[target.name]!.returned++;
    } catch (error) {
      if (!(error instanceof Error)) throw new Error(`${text}threw no Error but ${inspect(error)}`);
    }
  }
  await scribbler.terminate();
  return counts;
}
