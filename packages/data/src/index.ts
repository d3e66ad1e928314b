export { batches, batchesSync, type StreamOptions } from './batches/batches.js';
export type { AugmentOptions, Batch, BatchOptions, Standardisation } from './batches/options.js';
export { epochOrder } from './batches/plan.js';
export type {
  Copy,
  DatasetDeclaration,
  DatasetFile,
  DatasetProgress,
  FilesDeclaration,
  LeftOut,
  ReadOptions,
  Source,
  TextPairDeclaration,
} from './declaration.js';
export { datasetDigest, splitDigest, textPairsDigest } from './digest.js';
export { DatasetError, type DatasetErrorCode } from './errors.js';
export { type CifarSplits, readCifarArchive, readCifarDirectory } from './formats/cifar-binary.js';
export { type ClassFolderOptions, type ClassFolders, openClassFolders } from './formats/class-folders.js';
export { decodeSplits } from './formats/decode-split.js';
export { type IdxArray, readIdx, readIdxSplit } from './formats/idx.js';
export type { TextPairDataset, TextPairSplit } from './formats/text-lines.js';
export { readLines, readTextPairs } from './formats/text-lines.js';
export {
  allocateSplit,
  type ChannelStatistics,
  channelStatistics,
  type ImageDataset,
  type ImageSplit,
  isInMemory,
  type Split,
  type StreamedSplit,
  type UndigestedDataset,
} from './image-split.js';
export { type LoadOptions, loadDataset, loadTextPairs } from './load.js';
export { cifar10 } from './sets/cifar10.js';
export { cifar10Jpeg } from './sets/cifar10-jpeg.js';
export { fashionMnist } from './sets/fashion-mnist.js';
export { imageFolders } from './sets/image-folders.js';
export { multi30k } from './sets/multi30k.js';
export { datasets, findDataset, findTextPairDataset, textPairDatasets } from './sets/registry.js';
export { makeSynthetic, type SyntheticOptions, synthetic } from './sets/synthetic.js';
export { checkDatasetDirectory } from './sources/given-directory.js';
export { subsetDataset, subsetSplit } from './subset.js';
export {
  type EncodedPairs,
  encodePairs,
  type PairBatch,
  type PairBatchOptions,
  pairBatchCount,
  pairBatches,
  pairBatchesInOrder,
} from './text/pair-batches.js';
export { type LearnOptions, SPECIAL_TOKENS, SubwordTokenizer } from './text/subword-tokenizer.js';
