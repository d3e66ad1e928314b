import type { Schedule } from './schedule.js';

// The quotient comes last, as published, so that shares are those of RigL to the last bit.
const wave = (elapsed: number, span: number) => Math.cos((Math.PI * Math.min(Math.max(0, elapsed), span)) / span);

/**
 * Half a wave: slow at both ends.
 *
 * @see Evci et al., "Rigging the Lottery", arXiv 1911.11134, section 3
 */
export const cosine: Schedule = {
  name: 'cosine',
  about: '(1 − cos πp)/2',
  rise: (elapsed, span) => (1 - wave(elapsed, span)) / 2,
  fall: (elapsed, span) => (1 + wave(elapsed, span)) / 2,
};

/** The share of kept weights that a step of RigL renews: α/2·(1 + cos(π·t/end)). */
export function cosineFraction(fraction: number, step: number, end: number): number {
  return fraction * cosine.fall(step, end);
}
