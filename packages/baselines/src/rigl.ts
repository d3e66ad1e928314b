import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkKeys } from '@winnow/ops/arguments';
import {
  DYNAMIC_SPARSE_KEYS,
  type DynamicSparseMethod,
  type DynamicSparseOptions,
  dynamicSparse,
  dynamicSparseHyperparameters,
} from './masks/dynamic-sparse.js';
import { defineMethod } from './method.js';
import { gradient } from './scores/gradient.js';

const RIGL: DynamicSparseMethod = {
  name: 'rigl',
  growth: gradient,
  schedule: 'cosine',
  patterns: ['layer', 'unit', 'RxC'],
};

/**
 * Sparse from the first step on: every `interval` steps the weakest weights are dropped and those grow where the
 * gradient of the loss is largest, a share of α/2·(1 + cos(πt/end)). New weights start at zero.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Evci et al., "Rigging the Lottery: Making All Tickets Winners", arXiv 1911.11134
 */
export function riglTransform(options: DynamicSparseOptions): WeightTransform {
  checkKeys('riglTransform', 'options', options ?? {}, DYNAMIC_SPARSE_KEYS);
  return dynamicSparse('riglTransform', RIGL, options);
}

registerTransform(RIGL.name, (config) => riglTransform(config as unknown as DynamicSparseOptions));

const { hyperparameters, optionsOf } = dynamicSparseHyperparameters(RIGL, {
  end: 0.75,
  interval: 'ΔT: steps between renewals',
  share: 'α: share of the weights that the first renewal replaces',
});

export const rigl = defineMethod({
  name: RIGL.name,
  title: 'RigL',
  summary: 'sparse from the start; drops weak weights and grows where the gradient is large',
  reference: 'Evci et al., "Rigging the Lottery: Making All Tickets Winners", arXiv 1911.11134',
  pruned: '|w · mask| over the network; in every layer for uniform',
  granularities: ['weight'],
  hyperparameters,
  create: (values, context) => riglTransform(optionsOf(values, context)),
});
