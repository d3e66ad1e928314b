/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5): element (t, 2i) is sin(t/10000^(2i/d)), element (t, 2i+1)
 * the cosine of the same.
 *
 * @returns `[length, width]`, row-major
 */
export function sinusoidalPositions(length: number, width: number): Float32Array {
  const values = new Float32Array(length * width);
  for (let t = 0; t < length; t++) {
    for (let i = 0; i < width; i += 2) {
      const angle = t / 10_000 ** (i / width);
      values[t * width + i] = Math.sin(angle);
      values[t * width + i + 1] = Math.cos(angle);
    }
  }
  return values;
}
