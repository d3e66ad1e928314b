/** GELU and its derivative in double precision, for backend `cpu`. */

const ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * The error function as the series 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!. All terms have the same sign; the error is
 * about 1e-15.
 */
function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function geluValue(u: number): number {
  return 0.5 * u * (1 + erf(u / Math.SQRT2));
}

export function geluSlope(u: number): number {
  return 0.5 * (1 + erf(u / Math.SQRT2)) + (u * Math.exp(-0.5 * u * u)) / Math.sqrt(2 * Math.PI);
}

export function geluTanhValue(u: number): number {
  return 0.5 * u * (1 + Math.tanh(ROOT_TWO_OVER_PI * (u + CUBIC * u ** 3)));
}

export function geluTanhSlope(u: number): number {
  const t = Math.tanh(ROOT_TWO_OVER_PI * (u + CUBIC * u ** 3));
  // For large |x| the product would be 0 · ∞.
  const inner = 1 - t * t === 0 ? 0 : 0.5 * u * (1 - t * t) * ROOT_TWO_OVER_PI * (1 + 3 * CUBIC * u * u);
  return 0.5 * (1 + t) + inner;
}
