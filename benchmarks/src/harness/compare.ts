import { readFileSync } from 'node:fs';

/**
 * Compares another side's result with ours.
 *
 * @param tolerance relative to our largest magnitude; 0 requires equal bits
 * @throws Error naming where they differ
 */
export function compareResults(label: string, ours: string, theirs: string, tolerance: number): void {
  const [a, b] = [floats(ours), floats(theirs)];
  if (a.length !== b.length) throw new Error(`${label}: has ${b.length} values, ours ${a.length}`);
  let largest = 0;
  for (const value of a) largest = Math.max(largest, Math.abs(value));
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (Object.is(x, y) || Math.abs(x - y) <= tolerance * largest) continue;
    throw new Error(`${label}: value ${i} is ${y}, ours ${x}`);
  }
}

function floats(file: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
