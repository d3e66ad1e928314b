import type { EncodedPairs } from '@winnow/data';
import { translationTask } from '@winnow/evaluation';
import { Transformer } from '@winnow/models';
import { adam, type WeightTransform } from '@winnow/ops';

/** Pairs of a language of ten words, 3 … 12, and one that says them backwards with 13 … 22. */
export function backwards(count: number, seed: number): EncodedPairs {
  let state = seed;
  const below = (limit: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  const source = Array.from({ length: count }, () => Array.from({ length: 2 + below(3) }, () => 3 + below(10)));
  return { source, target: source.map((words) => [...words].reverse().map((word) => word + 10)), count };
}

/** A Transformer of one layer, its task and its optimizer. */
export function setUp(
  pairs: Record<'train' | 'validation', EncodedPairs>,
  options: { dropout: number; transform?: WeightTransform },
) {
  const model = new Transformer({
    vocabularySize: 23,
    width: 32,
    innerWidth: 64,
    heads: 2,
    encoderLayers: 1,
    decoderLayers: 1,
    norm: 'pre',
    seed: 3,
    ...options,
  });
  const task = translationTask({ name: 'backwards', model, ...pairs, batchSize: 32, labelSmoothing: 0.1, seed: 5 });
  return { model, task, optimizer: adam({ beta2: 0.98, epsilon: 1e-9 }) };
}
