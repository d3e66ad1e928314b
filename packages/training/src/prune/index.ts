export { type ReestimateOptions, reestimateBatchNorm } from './batch-norm.js';
export { type IterativePruningOptions, iterativePruning } from './iterative-pruning.js';
export { type PrunedKernel, type PruneOptions, prune } from './prune.js';
export { prunedKernels } from './pruned-kernels.js';
export { type AccuracyPair, type SweepOptions, type SweepRow, sparsitySweep } from './sweep.js';
export { snapshotWeights, type WeightSnapshot } from './weights.js';
