import {
  fixedMaskTransform,
  gradualPruningTransform,
  randomPruningTransform,
  riglTransform,
  targetedDropoutTransform,
  topKastTransform,
  twoFourTransform,
  weightDropoutTransform,
} from '@winnow/baselines';
import type { WeightTransform } from '@winnow/ops';

/** Methods that cut weights, by what is particular about each. They change their masks within twenty steps. */
export const METHODS: Readonly<Record<string, () => WeightTransform>> = {
  'a fixed mask': () => randomPruningTransform({ sparsity: 0.9, seed: 1 }),
  'a full mask': () => fixedMaskTransform(),
  'an empty mask': () => randomPruningTransform({ sparsity: 1, seed: 1 }),
  'masks of units': () => randomPruningTransform({ sparsity: 0.5, granularity: 'unit', seed: 1 }),
  'masks that grow weights at 0 by their gradients': () =>
    riglTransform({ sparsity: 0.8, interval: 5, endStep: 18, seed: 1 }),
  'masks that lose weights': () => gradualPruningTransform({ sparsity: 0.9, startStep: 2, endStep: 16, interval: 4 }),
  'gradients of more weights than are seen': () => topKastTransform({ sparsity: 0.9, backwardSparsity: 0.7 }),
  'gradients of all weights': () => twoFourTransform(),
  'targeted dropout': () => targetedDropoutTransform({ targetFraction: 0.9, dropRate: 0.9, seed: 1 }),
  'targeted dropout of blocks': () =>
    targetedDropoutTransform({ targetFraction: 0.75, dropRate: 0.9, pattern: 'layer', seed: 1 }),
  'weight dropout': () => weightDropoutTransform({ rate: 0.5, seed: 1 }),
};
