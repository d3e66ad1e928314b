import { progress, type Schedule } from './schedule.js';

/** The same amount in every step. */
export const linear: Schedule = {
  name: 'linear',
  about: 'p',
  rise: progress,
  fall: (elapsed, span) => 1 - progress(elapsed, span),
};
