import { progress, type Schedule } from './schedule.js';

/**
 * Fast while there is much to spare, slower towards the end.
 *
 * @see Zhu, Gupta, "To prune, or not to prune", arXiv 1710.01878
 */
export const cubic: Schedule = {
  name: 'cubic',
  about: '1 − (1 − p)³',
  rise: (elapsed, span) => 1 - (1 - progress(elapsed, span)) ** 3,
  fall: (elapsed, span) => (1 - progress(elapsed, span)) ** 3,
};

/** s(t) = s·(1 − (1 − (t − start)/(end − start))³), from 0 at `start` to `sparsity` at `end`. */
export function cubicSparsity(sparsity: number, step: number, start: number, end: number): number {
  return sparsity * cubic.rise(step - start, end - start);
}
