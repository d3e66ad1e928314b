import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildNative } from '@winnow/native/build';

/** The addon of the sources as they are; quick if nothing changed. */
export async function builtAddon(): Promise<void> {
  await buildNative();
}

/** A matrix as the golden files store it. */
export interface GoldenKernel<Result> {
  name: string;
  fanIn: number;
  units: number;
  /** Eight hexadecimal digits per float. */
  kernel: string;
  results: Result[];
}

export function golden<Result>(file: string): GoldenKernel<Result>[] {
  return JSON.parse(readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8')) as GoldenKernel<Result>[];
}

/** Floats from their bits. */
export function fromBits(hex: string): Float32Array<ArrayBuffer> {
  const words = Uint32Array.from({ length: hex.length / 8 }, (_, i) =>
    Number.parseInt(hex.slice(8 * i, 8 * i + 8), 16),
  );
  return new Float32Array(words.buffer);
}

/** The bits of floats: with these −0 and 0 differ. */
export function toBits(floats: Float32Array): string {
  const words = new Uint32Array(Float32Array.from(floats).buffer);
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** A Float32Array of the same values over a part of a larger, possibly shared buffer, at an odd place. */
export function viewOf(values: Float32Array, Buffer: typeof ArrayBuffer | typeof SharedArrayBuffer): Float32Array {
  const around = new Float32Array(new Buffer(4 * (values.length + 10)));
  around.fill(Number.NaN);
  const view = around.subarray(7, 7 + values.length);
  view.set(values);
  return view;
}

/** Runs a module's source in a process of its own, from TypeScript sources as the tests do. Returns what it prints. */
export async function runModule(source: string, env: Record<string, string> = {}): Promise<string> {
  const args = [
    '--conditions=winnow-source',
    '--import',
    import.meta.resolve('tsx'),
    '--input-type=module',
    '-e',
    source,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, ...env },
  });
  return stdout.trim();
}
