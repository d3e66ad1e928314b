export { batches, batchesSync, type StreamOptions } from './batches/batches.js';
export type { AugmentOptions, Batch, BatchOptions, Standardisation } from './batches/options.js';
export { epochOrder } from './batches/order.js';
export { cifar10 } from './cifar10.js';
export { cifar10Jpeg } from './cifar10-jpeg.js';
export type {
  DatasetDeclaration,
  DatasetFile,
  DatasetProgress,
  FilesDeclaration,
  ReadOptions,
  Source,
  TextPairDeclaration,
} from './declaration.js';
export { DatasetError, type DatasetErrorCode } from './errors.js';
export { fashionMnist } from './fashion-mnist.js';
export { type CifarSplits, readCifarArchive, readCifarDirectory } from './formats/cifar-binary.js';
export { type ClassFolderOptions, type ClassFolders, openClassFolders } from './formats/class-folders.js';
export { decodeSplits } from './formats/decode-split.js';
export { type IdxArray, readIdx, readIdxSplit } from './formats/idx.js';
export { readLines, readTextPairs } from './formats/text-lines.js';
export { imageFolders } from './image-folders.js';
export {
  allocateSplit,
  type ChannelStatistics,
  type ImageDataset,
  type ImageSplit,
  isInMemory,
  type Split,
  type StreamedSplit,
} from './image-split.js';
export { type LoadOptions, loadDataset, loadTextPairs } from './load.js';
export { multi30k } from './multi30k.js';
export { datasets, findDataset, findTextPairDataset, textPairDatasets } from './registry.js';
export { channelStatistics } from './statistics.js';
export { subsetDataset, subsetSplit } from './subset.js';
export { makeSynthetic, type SyntheticOptions, synthetic } from './synthetic.js';
export type { TextPairDataset, TextPairSplit } from './text-pairs.js';
