/** A misspelt option is refused by every operation, rather than ignored. */

import * as tfjs from '@tensorflow/tfjs';
import {
  attention,
  batchNorm,
  gelu,
  randomNormal,
  randomUniform,
  rankMask,
  softmaxCrossEntropy,
  targetedDropout,
  targetedDropoutAll,
  topKMask,
} from '@winnow/ops';
import { expect, it } from 'vitest';

const matrix = () => tfjs.ones([2, 2]);
const drop = { targetFraction: 0.5, dropRate: 0.5, seed: 0, step: 0 };

it.each<[string, (options: never) => unknown, object, string]>([
  ['topKMask', (options) => topKMask(matrix(), options), { sparsity: 0.5, granularty: 'unit' }, 'granularity'],
  ['rankMask', (options) => rankMask(matrix(), options), { sparsity: 0.5, scop: 'global' }, 'scope'],
  [
    'targetedDropout',
    (options) => targetedDropout(matrix(), options),
    { ...drop, kernelID: 1, rescaled: true },
    'kernelId',
  ],
  ['targetedDropoutAll', (options) => targetedDropoutAll(new Map(), options), { ...drop, treshold: 1 }, 'thresholds'],
  [
    'softmaxCrossEntropy',
    (options) => softmaxCrossEntropy(matrix(), tfjs.zeros([2], 'int32'), options),
    { labelSmothing: 0.1 },
    'labelSmoothing',
  ],
  ['gelu', (options) => gelu(matrix(), options), { aproximate: 'tanh' }, 'approximate'],
  ['batchNorm', (options) => batchNorm(matrix(), tfjs.ones([2]), tfjs.ones([2]), options), { epsilom: 1 }, 'epsilon'],
  [
    'attention',
    (options) => attention(matrix() as never, matrix() as never, matrix() as never, options),
    { head: 1 },
    'heads',
  ],
  ['randomUniform', (options) => randomUniform([2], options), { seed: 0, step: 0, streams: 1 }, 'stream'],
  ['randomNormal', (options) => randomNormal([2], options), { seed: 0, stp: 0 }, 'step'],
])('%s', (name, call, options, meant) => {
  expect(() => call(options as never)).toThrow(
    new RegExp(`^${name}: options has no '\\w+'; did you mean '${meant}'\\?$`),
  );
});
