/**
 * Winnow's kernels for plain typed arrays, and the door through which TensorFlow gets them. Importing this loads
 * nothing; the addon is loaded with the first call that needs it.
 * @module
 */
export { alignedFloats } from './aligned-floats.js';
export type { Granularity, MatrixSize } from './arguments.js';
export {
  type AttentionGradients,
  type AttentionOptions,
  type AttentionResult,
  attention,
  attentionGrad,
} from './attention.js';
export { type InstructionSet, type InstructionSets, NETWORK_ACTIVATION_CODE, NETWORK_OP_CODE } from './binding.js';
export { NativeAddonError, type NativeAddonErrorCode, type NativeAddonErrorDetails } from './errors.js';
export { findTensorFlowOps, instructionSets, loadTensorFlowOps, operations } from './load.js';
export { type ExampleShape, NetworkPlan, type NetworkPlanOptions } from './network-plan.js';
export { prunedCount } from './pruned-count.js';
export { type RankedScores, type RankMaskOptions, rankMask } from './rank-mask.js';
export * from './sparse/index.js';
export { type SddmmOptions, sddmm } from './sparse/sddmm.js';
export { SparsePlan } from './sparse/sparse-plan.js';
export { type Activation, type DenseMatrix, type SparseOperand, type SpmmOptions, spmm } from './sparse/spmm.js';
export { type DropoutRates, type TargetedDropoutOptions, targetedDropout } from './targeted-dropout.js';
export { type NetworkKernel, targetedDropoutAll } from './targeted-dropout-all.js';
export { type TopKMaskOptions, topKMask } from './topk-mask.js';
export type { Pattern } from './value-checks.js';
