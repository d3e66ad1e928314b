export {
  type EncodedPairs,
  encodePairs,
  type PairBatch,
  type PairBatchOptions,
  pairBatchCount,
  pairBatches,
  pairBatchesInOrder,
} from './pair-batches.js';
export { type LearnOptions, SPECIAL_TOKENS, SubwordTokenizer } from './subword-tokenizer.js';
