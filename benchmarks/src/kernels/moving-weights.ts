/**
 * Moves a kernel as a training step does: every weight by about a thousandth of the weights' standard deviation. The
 * moves alternate in sign, so that the kernel stays the same over thousands of steps.
 */
export function moveWeights(kernel: Float32Array, noise: Float32Array): () => void {
  const length = kernel.length;
  let step = 0;
  return () => {
    // Shift the noise differently in every pair of steps, so that no two pairs are equal.
    const shift = ((step >> 1) * 7919) % length;
    const size = step % 2 === 0 ? 1e-3 : -1e-3;
    for (let i = 0, j = shift; i < length; i++) {
      kernel[i] = (kernel[i] as number) + size * (noise[j] as number);
      if (++j === length) j = 0;
    }
    step++;
  };
}

/** More than the caches of current processors. */
const EVICTING = 24 << 20;
let evicting: Float64Array | undefined;

/** Evicts the caches, as the rest of a training step does. */
export function evictCaches(): void {
  evicting ??= new Float64Array(EVICTING / 2).fill(1);
  for (let i = 0; i < evicting.length; i += 8) evicting[i] = (evicting[i] as number) + 1;
}
