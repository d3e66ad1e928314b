/** What is ranked: scores by name. To add one, write its file and list it here. */

import { checkChoice } from '@winnow/ops/arguments';
import { choice, type Hyperparameter } from '../hyperparameter.js';
import { gradient } from './gradient.js';
import { magnitude } from './magnitude.js';
import { random } from './random.js';
import { saliency } from './saliency.js';
import type { Score } from './score.js';
import { taylor } from './taylor.js';

export const scores = { magnitude, random, gradient, saliency, taylor } as const satisfies Record<string, Score>;

export type ScoreName = keyof typeof scores;

export const scoreNames = Object.keys(scores) as ScoreName[];

/** @throws RangeError that lists the scores unless `name` is one of `names` */
export function findScore(op: string, name: unknown, names: readonly ScoreName[] = scoreNames): Score {
  return scores[checkChoice(op, 'score', name, names)];
}

/** The hyperparameter `score`. */
export function scoreOption<S extends ScoreName>(
  names: readonly S[],
  standard: NoInfer<S>,
  about: string,
): Hyperparameter<S> {
  return choice(names, standard, about);
}
