/** Models, data sets and methods by name, as users write them. Nothing heavy is loaded before a name is looked up. */

import type { Hyperparameters } from '@winnow/baselines';
import type { Granularity } from '@winnow/ops';

/** A method's name and its hyperparameters that differ from their defaults. */
export interface MethodSpec {
  name: string;
  hyperparameters: Hyperparameters;
}

/**
 * A method and its hyperparameters from `NAME:key=value,…`.
 *
 * @throws RangeError if a part is not `key=value`
 */
export function parseMethod(spec: string): MethodSpec {
  // The first colon alone: a value may hold others, as the pattern 2:4 does.
  const colon = spec.indexOf(':');
  const [name, settings] = colon < 0 ? [spec] : [spec.slice(0, colon), spec.slice(colon + 1)];
  const hyperparameters: Hyperparameters = {};
  for (const setting of settings?.split(',') ?? []) {
    const [key, value] = setting.split('=', 2);
    if (!key || value === undefined) throw new RangeError(`method: expected NAME:key=value,…, got '${spec}'`);
    hyperparameters[key] = typed(value);
  }
  return { name, hyperparameters };
}

/** Whether a text has the form of a method with its hyperparameters. */
export function isMethodSpec(spec: string): boolean {
  try {
    return parseMethod(spec).name !== '';
  } catch {
    return false;
  }
}

function typed(value: string): number | string | boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  const numeric = Number(value);
  return value.trim() !== '' && Number.isFinite(numeric) ? numeric : value;
}

/**
 * Refuses unknown models, data sets, methods and hyperparameters, before anything is fetched, compiled or trained.
 *
 * @throws RangeError, TypeError, DatasetError that list what there is
 */
export async function checkNames(
  model: string,
  dataset: string,
  specs: readonly MethodSpec[],
  granularity: Granularity,
): Promise<void> {
  const [{ findModel }, { resolveMethod }, { findDataset }] = await Promise.all([
    import('./models.js'),
    import('@winnow/baselines'),
    import('@winnow/data'),
  ]);
  for (const { name, hyperparameters } of specs) resolveMethod(name, hyperparameters, granularity);
  findModel(model);
  findDataset(dataset);
}
