export { combineTransforms } from './combine.js';
export { describeMethod } from './describe-method.js';
export { fixedMaskTransform } from './fixed-mask.js';
export { cubicSparsity, type GradualPruningOptions, gradualPruningTransform } from './gradual-pruning.js';
export {
  choice,
  defaultOf,
  flag,
  fraction,
  fractionBelowOne,
  type Hyperparameter,
  type HyperparameterValue,
  nonNegative,
  openFraction,
  positiveInteger,
} from './hyperparameter.js';
export { evaluationGate, type L0Options, l0Transform, openProbability, sampledGate } from './l0.js';
export { type L1Options, l1Transform } from './l1.js';
export { type Allocation, allocate } from './masks/allocation.js';
export { cosineFraction, dropAndGrow } from './masks/drop-and-grow.js';
export type { DynamicSparseOptions } from './masks/dynamic-sparse.js';
export { defaultsOf, defineMethod, type Hyperparameters, type Method, type MethodContext, stepsOf } from './method.js';
export { type PatternTargetedDropoutOptions, patternTargetedDropoutTransform } from './pattern-targeted-dropout.js';
export { type RandomPruningOptions, randomPruningTransform } from './random-pruning.js';
export { methods, registerMethod } from './registry.js';
export { findMethod, resolveMethod } from './resolve-method.js';
export { riglTransform } from './rigl.js';
export { setTransform } from './set.js';
export { type SmallifyOptions, smallifyTransform } from './smallify.js';
export { type SnipOptions, snipTransform } from './snip.js';
export { dropAndGrowByColumn, type SRigLOptions, sriglTransform } from './srigl.js';
export { straightThrough } from './straight-through.js';
export { type TopKastOptions, topKastTransform } from './top-kast.js';
export { type TwoFourOptions, twoFourTransform } from './two-four.js';
export { type UnitDropoutOptions, unitDropoutTransform } from './unit-dropout.js';
export {
  klDivergence,
  logAlpha,
  type VariationalDropoutOptions,
  variationalDropoutTransform,
} from './variational-dropout.js';
export { type WeightDropoutOptions, weightDropoutTransform } from './weight-dropout.js';
export { type XtremeKOptions, xtremeKTransform } from './xtreme-k.js';
