import './register.js';

export { type AttentionOptions, attention, type CausalAlignment } from './attention/attention.js';
export { type BatchNormOptions, type BatchNormResult, batchNorm } from './batch-norm/batch-norm.js';
export { addBias, type GeluOptions, gelu } from './bias-activation/bias-activation.js';
export { type Conv2dExecution, type Conv2dOptions, type Conv2dPad, conv2d } from './conv2d/conv2d.js';
export { type CutWeights, withCutWeights, withWholeGradient } from './cut-weights.js';
export {
  type Choice,
  type Choices,
  type Execution,
  type ExecutionReason,
  explainReason,
  type Pass,
} from './fast-gradients/execution-choice.js';
export { type LayerExecution, recordExecution } from './fast-gradients/record-execution.js';
export { type FastGradientsOptions, useFastGradients } from './fast-gradients/use-fast-gradients.js';
export type { Granularity, KernelMatrix } from './kernel-matrix.js';
export { kernelMatrix } from './kernel-matrix.js';
export { layerNorm } from './layer-norm/layer-norm.js';
export { linear } from './linear/linear.js';
export { type AdamOptions, adam } from './optimizers/adam.js';
export type { Optimizer, OptimizerMemory, OptimizerOptions } from './optimizers/optimizer.js';
export { type SgdOptions, sgd } from './optimizers/sgd.js';
export type { FusedOptimizer } from './optimizers/tf-optimizer.js';
export { kernelIdOf, philox4x32, seedToKey } from './philox.js';
export { type RandomOptions, randomNormal, randomUniform } from './random/random.js';
export { type RankMaskOptions, type RankScope, rankMask } from './rank-mask/rank-mask.js';
export { rankScores } from './rank-scores.js';
export { type SddmmOptions, sddmm } from './sddmm/sddmm.js';
export { type CrossEntropyOptions, softmaxCrossEntropy } from './softmax-cross-entropy/softmax-cross-entropy.js';
export { BlockSparseMatrix, type BlockTensors } from './sparse/block-sparse-matrix.js';
export { CsrMatrix, type CsrTensors } from './sparse/csr-matrix.js';
export { EllMatrix, type EllTensors } from './sparse/ell-matrix.js';
export { NmMatrix } from './sparse/nm-matrix.js';
export { SparsePlan } from './sparse/sparse-plan.js';
export type { SparseMatrix } from './sparse/tensors.js';
export { type Activation, type SpmmOptions, spmm } from './spmm/spmm.js';
export {
  type DropoutOptions,
  type TargetedDropoutOptions,
  targetedDropout,
} from './targeted-dropout/targeted-dropout.js';
export { type TargetedDropoutAllOptions, targetedDropoutAll } from './targeted-dropout-all/targeted-dropout-all.js';
export { type Pattern, type TopKMaskOptions, topKMask } from './topk-mask/topk-mask.js';
export {
  createTransform,
  type LayerParts,
  type NetworkContext,
  type OwnTensors,
  type OwnVariable,
  type OwnVariableRequest,
  type RankContext,
  registerTransform,
  type SteppedKernel,
  type TransformContext,
  type WeightTransform,
} from './weight-transform.js';
