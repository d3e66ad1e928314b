/** Models, data sets and methods by name, as users write them. Nothing heavy is loaded before a name is looked up. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Hyperparameters } from '@winnow/baselines';
import type { DatasetDeclaration, TextPairDeclaration } from '@winnow/data';
import type { Granularity } from '@winnow/ops';

/** A method's name and its hyperparameters that differ from their defaults. */
export interface MethodSpec {
  name: string;
  hyperparameters: Hyperparameters;
}

/**
 * A method and its hyperparameters from `NAME:key=value,…`.
 *
 * @throws RangeError if a part is not `key=value`, or a key is there twice
 */
export function parseMethod(spec: string): MethodSpec {
  // The first colon alone: a value may hold others, as the pattern 2:4 does.
  const colon = spec.indexOf(':');
  const [name, settings] = colon < 0 ? [spec] : [spec.slice(0, colon), spec.slice(colon + 1)];
  const hyperparameters: Hyperparameters = {};
  for (const setting of settings?.split(',') ?? []) {
    const [key, value, ...more] = setting.split('=');
    if (!key || value === undefined || more.length > 0 || Object.hasOwn(hyperparameters, key)) {
      throw new RangeError(`method: expected NAME:key=value,…, each key once, got '${spec}'`);
    }
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

/** What a command names: a model, a data set and where it is, methods. */
export interface Names {
  readonly model: string;
  readonly dataset: string;
  readonly dataDir?: string | undefined;
  readonly imageSize?: string | undefined;
  readonly specs: readonly MethodSpec[];
  readonly granularity: Granularity;
}

/**
 * Refuses unknown models, data sets, methods and hyperparameters, and a directory that cannot have the data set, before
 * anything is fetched, compiled or trained.
 *
 * @param caller what the command is called in a message
 * @throws RangeError, TypeError, DatasetError that list what there is
 */
export async function checkNames(caller: string, names: Names): Promise<void> {
  const { model, dataset, dataDir, imageSize, specs, granularity } = names;
  const [{ findModel }, { resolveMethod }, { findDataset }] = await Promise.all([
    import('./models.js'),
    import('@winnow/baselines'),
    import('@winnow/data'),
  ]);
  for (const { name, hyperparameters } of specs) resolveMethod(name, hyperparameters, granularity);
  findModel(model);
  const declaration = findDataset(dataset);
  if (imageSize !== undefined && !declaration.resizes) {
    throw new RangeError(`${caller}: imageSize has no meaning for the data set ${dataset}, whose images have one size`);
  }
  await checkDataDirectory(caller, declaration, dataDir);
}

/**
 * Refuses a directory that is not there, that the data set would ignore or that does not hold it; and none, for a set
 * that has to be given. Looks at names and sizes alone.
 *
 * @throws RangeError that names the setting; DatasetError that says what the directory lacks and what it has
 */
export async function checkDataDirectory(
  caller: string,
  declaration: DatasetDeclaration | TextPairDeclaration,
  dataDir: string | undefined,
): Promise<void> {
  const { name, files, layout } = declaration;
  const isMade = 'generate' in declaration && declaration.generate !== undefined;
  if (dataDir === undefined) {
    if (isMade || files.length > 0) return;
    throw new RangeError(`${caller}: the data set ${name} needs dataDir (--data-dir), a directory with ${layout}`);
  }
  if (isMade) {
    throw new RangeError(`${caller}: dataDir has no meaning for the data set ${name}, which is made, not read`);
  }
  const found = await stat(dataDir).catch(({ code }: NodeJS.ErrnoException) => String(code));
  if (typeof found !== 'string' && found.isDirectory()) {
    const { checkDatasetDirectory } = await import('@winnow/data');
    return checkDatasetDirectory(declaration, resolve(dataDir));
  }
  const what = typeof found === 'string' ? `which cannot be read (${found})` : 'which is none';
  throw new RangeError(`${caller}: dataDir must be a directory that is there, got "${dataDir}", ${what}`);
}
