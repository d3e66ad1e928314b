/** All methods by name. To add one, write its file and list it here. */

import { gradualPruning } from './gradual-pruning.js';
import { l0 } from './l0.js';
import { l1 } from './l1.js';
import type { Method } from './method.js';
import { none } from './none.js';
import { patternTargetedDropout } from './pattern-targeted-dropout.js';
import { randomPruning } from './random-pruning.js';
import { rigl } from './rigl.js';
import { set } from './set.js';
import { smallify } from './smallify.js';
import { snip } from './snip.js';
import { srigl } from './srigl.js';
import { targetedDropout } from './targeted-dropout.js';
import { topKast } from './top-kast.js';
import { twoFour } from './two-four.js';
import { unitDropout } from './unit-dropout.js';
import { variationalDropout } from './variational-dropout.js';
import { weightDropout } from './weight-dropout.js';
import { xtremeK } from './xtreme-k.js';

const registry = new Map<string, Method>();

/**
 * Adds a method to `methods`.
 *
 * @throws Error if another method has the name, RangeError if the name holds `+` or `:`, which the command line needs
 */
export function registerMethod(method: Method): void {
  if (typeof method?.name !== 'string' || typeof method.create !== 'function') {
    throw new TypeError(`registerMethod: method must have name and create, as defineMethod gives, got ${method}`);
  }
  if (/[+:,=\s]/.test(method.name)) {
    throw new RangeError(`registerMethod: name must have none of + : , = and no space, got '${method.name}'`);
  }
  const known = registry.get(method.name);
  if (known !== undefined && known !== method)
    throw new Error(`registerMethod: '${method.name}' is registered already`);
  registry.set(method.name, method);
}

/** All methods by name, those of the paper first. */
export const methods: ReadonlyMap<string, Method> = registry;

for (const method of [
  none,
  weightDropout,
  unitDropout,
  l1,
  l0,
  variationalDropout,
  smallify,
  randomPruning,
  targetedDropout,
  xtremeK,
  gradualPruning,
  rigl,
  set,
  srigl,
  topKast,
  snip,
  twoFour,
  patternTargetedDropout,
]) {
  registerMethod(method);
}
