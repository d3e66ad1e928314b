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
import { random } from './scores/random.js';

const SET: DynamicSparseMethod = {
  name: 'set',
  growth: random,
  schedule: 'constant',
  patterns: ['layer', 'unit', 'RxC'],
};

/**
 * Sparse from the first step on: every `interval` steps a constant share of the weights, the weakest, is dropped and as
 * many grow at random places. New weights start at zero.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse connectivity", arXiv
 * 1707.04780
 */
export function setTransform(options: DynamicSparseOptions): WeightTransform {
  checkKeys('setTransform', 'options', options ?? {}, DYNAMIC_SPARSE_KEYS);
  return dynamicSparse('setTransform', SET, options);
}

registerTransform(SET.name, (config) => setTransform(config as unknown as DynamicSparseOptions));

const { hyperparameters, optionsOf } = dynamicSparseHyperparameters(SET, {
  end: 1,
  interval: 'steps between renewals (published: an epoch)',
  share: 'ζ: share of the weights that a renewal replaces',
});

export const set = defineMethod({
  name: SET.name,
  title: 'SET',
  summary: 'sparse from the start; drops weak weights and grows others at random',
  reference:
    'Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse connectivity", ' +
    'arXiv 1707.04780',
  pruned: '|w · mask| over the network; in every layer for uniform',
  granularities: ['weight'],
  hyperparameters,
  create: (values, context) => setTransform(optionsOf(values, context)),
});
