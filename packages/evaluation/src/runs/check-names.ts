import { findDataset } from '@winnow/data';
import { resolveMethod } from '../experiments/methods.js';
import { findModel } from '../experiments/models.js';
import { parseMethod, type RunConfig } from './config.js';

/** Refuses unknown models, data sets, methods and hyperparameters. @throws RangeError, DatasetError that list what there is */
export function checkNames({ model, dataset, method, granularity }: RunConfig): void {
  const { name, hyperparameters } = parseMethod(method);
  resolveMethod(name, hyperparameters, granularity);
  findModel(model);
  findDataset(dataset);
}
