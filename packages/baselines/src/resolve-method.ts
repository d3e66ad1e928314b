import type { Granularity } from '@winnow/ops';
import { didYouMean } from '@winnow/ops/arguments';
import { combineTransforms } from './combine.js';
import type { Hyperparameter } from './hyperparameter.js';
import { defaultsOf, type Hyperparameters, type Method } from './method.js';
import { methods } from './registry.js';

/**
 * A method by name, or several combined: `l1+targeted-dropout`. Hyperparameters of a combination keep their names;
 * those that two of its methods have are called `l1.lambda` and so on.
 *
 * @throws RangeError if a name is unknown, occurs twice, or is `none` in a combination
 */
export function findMethod(name: string): Method {
  if (typeof name !== 'string') throw new TypeError(`findMethod: name must be a string, got ${name}`);
  const parts = name.split('+').map((part) => {
    const method = methods.get(part);
    if (!method) {
      const known = [...methods.keys()];
      throw new RangeError(`method must be one of ${known.join(', ')}, got '${part}'${didYouMean(part, known)}`);
    }
    return method;
  });
  if (parts.length === 1) return parts[0] as Method;
  if (new Set(parts).size < parts.length)
    throw new RangeError(`method must not have the same part twice, got '${name}'`);
  if (parts.some((part) => part.name === 'none'))
    throw new RangeError(`method none cannot be combined with others, got '${name}'`);
  return combination(name, parts);
}

function combination(name: string, parts: readonly Method[]): Method {
  const owners = (key: string) => parts.filter((part) => key in part.hyperparameters);
  const nameIn = (part: Method, key: string) => (owners(key).length > 1 ? `${part.name}.${key}` : key);
  const hyperparameters: Record<string, Hyperparameter> = {};
  for (const part of parts) {
    for (const [key, hyperparameter] of Object.entries(part.hyperparameters)) {
      hyperparameters[nameIn(part, key)] = hyperparameter;
    }
  }
  return {
    name,
    title: parts.map(({ title }) => title).join(' + '),
    summary: parts.map(({ summary }) => summary).join('; '),
    reference: parts.map(({ reference }) => reference).join('; '),
    pruned: parts.at(-1)!.pruned,
    granularities: (['weight', 'unit'] as const).filter((one) =>
      parts.every((part) => part.granularities.includes(one)),
    ),
    hyperparameters,
    create: (values, context) =>
      combineTransforms(
        parts.map((part) => {
          const own = Object.keys(part.hyperparameters).map((key) => [key, values[nameIn(part, key)]]);
          return part.create(Object.fromEntries(own), context)!;
        }),
      ),
  };
}

/**
 * A method and its hyperparameters, those given in place of their defaults.
 *
 * @throws RangeError if the method or a hyperparameter is unknown, a value is out of its range, or the method does not
 *   know the granularity; TypeError if a value has the wrong type
 */
export function resolveMethod(
  name: string,
  given: Hyperparameters,
  granularity: Granularity = 'weight',
): { method: Method; hyperparameters: Hyperparameters } {
  if (typeof name !== 'string') throw new TypeError(`resolveMethod: name must be a string, got ${name}`);
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`resolveMethod: given must be an object of hyperparameters, got ${given}`);
  }
  const method = findMethod(name);
  if (!method.granularities.includes(granularity)) {
    throw new RangeError(`${name}: granularity must be ${method.granularities.join(' or ')}, got '${granularity}'`);
  }
  const defaults = defaultsOf(method, granularity);
  for (const [key, value] of Object.entries(given)) {
    const hyperparameter = Object.hasOwn(method.hyperparameters, key) ? method.hyperparameters[key] : undefined;
    if (hyperparameter === undefined) {
      const names = Object.keys(defaults);
      const known = names.join(', ') || 'no hyperparameters';
      throw new RangeError(`${name}: there is no hyperparameter '${key}'; it has ${known}${didYouMean(key, names)}`);
    }
    if (hyperparameter.accepts(value)) continue;
    const shown = typeof value === 'string' ? `'${value}'` : value;
    const Kind = typeof value === typeof defaults[key] ? RangeError : TypeError;
    throw new Kind(`${name}: ${key} must be ${hyperparameter.range}, got ${shown}`);
  }
  return { method, hyperparameters: { ...defaults, ...given } };
}
