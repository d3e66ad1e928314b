/**
 * What happens to a kernel between two steps of training: every weight moves by about a thousandth of the weights' standard
 * deviation. The moves take turns in sign, so that the kernel stays what it is over thousands of steps.
 */
export function moveWeights(kernel: Float32Array, noise: Float32Array): () => void {
  const length = kernel.length;
  let step = 0;
  return () => {
    // Another shift of the noise in every pair of steps, so that no two pairs are alike.
    const shift = ((step >> 1) * 7919) % length;
    const size = step % 2 === 0 ? 1e-3 : -1e-3;
    for (let i = 0, j = shift; i < length; i++) {
      kernel[i] = (kernel[i] as number) + size * (noise[j] as number);
      if (++j === length) j = 0;
    }
    step++;
  };
}

/** More than any cache of today's processors holds. */
const EVICTING = 24 << 20;
let evicting: Float64Array | undefined;

/** Leaves the caches as the rest of a training step does: full of other things. */
export function evictCaches(): void {
  evicting ??= new Float64Array(EVICTING / 2).fill(1);
  for (let i = 0; i < evicting.length; i += 8) evicting[i] = (evicting[i] as number) + 1;
}
