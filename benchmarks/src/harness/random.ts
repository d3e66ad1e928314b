/** Standard normal numbers from a seed: xorshift and Box-Muller, the same in every run. */
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
