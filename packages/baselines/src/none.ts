import { defineMethod } from './method.js';

/** Plain training; the network is pruned afterwards in one shot by magnitude. */
export const none = defineMethod({
  name: 'none',
  title: 'plain, pruned by magnitude',
  summary: 'plain training; the network is pruned afterwards by magnitude',
  reference: 'Han et al., "Learning both Weights and Connections", arXiv 1506.02626; one shot, without retraining',
  pruned: '|w| in every column, or the columns’ L2 norm',
  hyperparameters: {},
  create: () => undefined,
});
