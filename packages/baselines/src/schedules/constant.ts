import type { Schedule } from './schedule.js';

/** All at once at the start, and so it stays. */
export const constant: Schedule = {
  name: 'constant',
  about: '1',
  rise: (elapsed) => (elapsed < 0 ? 0 : 1),
  fall: () => 1,
};
