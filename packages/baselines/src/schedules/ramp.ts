import type { Schedule } from './schedule.js';

/** 95 % in the first half of the span, the rest in the second. @see arXiv 1905.13678, section 5.2 */
const rise = (elapsed: number, span: number) => {
  const half = span / 2;
  const first = Math.min(1, Math.max(0, elapsed / half));
  const second = Math.min(1, Math.max(0, (elapsed - half) / half));
  return Math.min(1, 0.95 * first + 0.05 * second);
};

/** The ramp of targeted dropout: γ(t) = γ·(0.95·min(1, t/T) + 0.05·clip((t−T)/T, 0, 1)), the span being 2T. */
export const ramp: Schedule = {
  name: 'ramp',
  about: '0.95·min(1, 2p) + 0.05·max(0, 2p − 1)',
  rise,
  fall: (elapsed, span) => 1 - rise(elapsed, span),
};
