/** What of a profile's arguments can be refused before TensorFlow is loaded. */

import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { resolveMethod } from '@winnow/baselines';
import { findModel, models } from '../experiments/models.js';
import { parseMethod } from '../experiments/names.js';
import type { ProfileSettings } from './settings.js';

/**
 * The file of a saved model that a command's argument names; undefined if it is the name of a model.
 *
 * @throws RangeError if it is neither, naming the model that it is nearest to
 */
export function savedModelFile(given: string): string | undefined {
  if (models.has(given)) return undefined;
  const path = resolve(given);
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'model.json') : path;
  if (existsSync(file)) return file;
  if (!/[/\\]|\.json$/.test(given)) findModel(given);
  throw new RangeError(
    `winnow profile: the model must be one of \`winnow models\` or a saved one; there is no ${file}`,
  );
}

/**
 * Refuses what does not go together, before TensorFlow is loaded.
 *
 * @throws RangeError, TypeError naming the setting
 */
export function checkProfile(file: string | undefined, settings: ProfileSettings): void {
  const { sparsity, method, granularity, classes } = settings;
  if (sparsity !== undefined && method !== undefined) {
    throw new RangeError(
      `winnow profile: sparsity (${sparsity}) and method (${method}) exclude each other; ` +
        'give the sparsity as a hyperparameter of the method',
    );
  }
  if (method !== undefined) {
    const { name, hyperparameters } = parseMethod(method);
    resolveMethod(name, hyperparameters, granularity);
  }
  if (file !== undefined && classes !== undefined) {
    throw new RangeError(`winnow profile: classes has no meaning for a saved model, got ${classes}`);
  }
}
