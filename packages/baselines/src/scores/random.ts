import { kernelIdOf, randomUniform } from '@winnow/ops';
import type { Score } from './score.js';

/** A uniform number, a function of seed, step and path: the control of every other score. */
export const random: Score = {
  name: 'random',
  about: 'a uniform number',
  gradient: 'none',
  of: ({ path, kernel, seed, step }) => randomUniform(kernel.shape, { seed, step, stream: kernelIdOf(path) }),
};
