/** Standard normal numbers from a seed (xorshift, Box–Muller), the same in every run. */
export function normalNumbers(length: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return (state + 0.5) / 2 ** 32;
  };
  const numbers = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    numbers[i] = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  return numbers;
}

/**
 * Writes the row number into the lowest 13 bits of every weight, so that no column has ties: the peers resolve ties
 * differently.
 */
export function distinctInColumns(kernel: Float32Array, units: number): Float32Array {
  const bits = new Uint32Array(kernel.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = ((bits[i] as number) & ~0x1fff) | Math.floor(i / units);
  return kernel;
}
