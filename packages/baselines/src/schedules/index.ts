/** When: schedules by name. To add one, write its file and list it here. */

import { checkChoice } from '@winnow/ops/arguments';
import { choice, type Hyperparameter } from '../hyperparameter.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { cubic } from './cubic.js';
import { linear } from './linear.js';
import { ramp } from './ramp.js';
import type { Schedule } from './schedule.js';

export const schedules = { constant, linear, ramp, cubic, cosine } as const satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export const scheduleNames = Object.keys(schedules) as ScheduleName[];

/** @throws RangeError that lists the schedules unless `name` is one */
export function findSchedule(op: string, name: unknown): Schedule {
  return schedules[checkChoice(op, 'schedule', name, scheduleNames)];
}

/** The hyperparameter `schedule`. */
export function scheduleOption(standard: ScheduleName, about: string): Hyperparameter<ScheduleName> {
  return choice(scheduleNames, standard, about);
}
