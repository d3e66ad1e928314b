import type { NamedArray } from '@winnow/safetensors';

/** Numbers in [-1, 1) from a name and the index alone, as `fill` in fill.py. */
export function fill(name: string, count: number): Float64Array {
  let key = 2166136261;
  for (const byte of Buffer.from(name)) key = Math.imul(key ^ byte, 16777619) >>> 0;
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    let x = (index + key) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
    values[index] = ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** A PyTorch state dict's tensor, as `weight` in fill.py. */
export function weight(name: string, shape: number[], gain: number): NamedArray {
  const values = fill(
    name,
    shape.reduce((product, axis) => product * axis, 1),
  );
  const fanIn = shape.slice(1).reduce((product, axis) => product * axis, 1);
  const scale = Math.sqrt(gain / fanIn);
  const isVector = shape.length === 1;
  const at = (v: number): number => {
    if (name.endsWith('running_var')) return 1 + 0.5 * v;
    if (!isVector) return scale * v;
    return name.endsWith('weight') ? 1 + 0.2 * v : 0.1 * v;
  };
  return { shape, values: Float32Array.from(values, at) };
}
