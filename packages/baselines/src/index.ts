export type { Allocation } from './allocation/allocation.js';
export {
  type AllocationName,
  allocate,
  allocationNames,
  allocations,
  findAllocation,
  type LayerAllocationName,
} from './allocation/index.js';
export { combineTransforms } from './combine.js';
export { describeMethod } from './describe-method.js';
export { fixedMaskTransform } from './fixed-mask.js';
export { type GradualPruningOptions, gradualPruningTransform } from './gradual-pruning.js';
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
  unusual,
} from './hyperparameter.js';
export { evaluationGate, type L0Options, l0Transform, openProbability, sampledGate } from './l0.js';
export { type L1Options, l1Transform } from './l1.js';
export { type ChooseOptions, checkAxes, chooseMasks, type MaskAxes } from './masks/choose-masks.js';
export { dropAndGrow } from './masks/drop-and-grow.js';
export type { DynamicSparseOptions } from './masks/dynamic-sparse.js';
export { masked } from './masks/masked.js';
export { defaultsOf, defineMethod, type Hyperparameters, type Method, type MethodContext, stepsOf } from './method.js';
export { type PatternTargetedDropoutOptions, patternTargetedDropoutTransform } from './pattern-targeted-dropout.js';
export { findPattern, type PatternKind, patternKinds, patternOption } from './patterns/index.js';
export type { Pattern } from './patterns/pattern.js';
export { type RampOptions, rampedRates, type TargetedDropoutRates } from './ramped-rates.js';
export { type RandomPruningOptions, randomPruningTransform } from './random-pruning.js';
export { methods, registerMethod } from './registry.js';
export { findMethod, resolveMethod } from './resolve-method.js';
export { riglTransform } from './rigl.js';
export { cosineFraction } from './schedules/cosine.js';
export { cubicSparsity } from './schedules/cubic.js';
export { findSchedule, type ScheduleName, scheduleNames, scheduleOption, schedules } from './schedules/index.js';
export type { Schedule } from './schedules/schedule.js';
export { findScore, type ScoreName, scoreNames, scoreOption, scores } from './scores/index.js';
export { logAlpha } from './scores/log-alpha.js';
export type { Score, Scored } from './scores/score.js';
export { setTransform } from './set.js';
export { type SmallifyOptions, smallifyTransform } from './smallify.js';
export { type SnipOptions, snipTransform } from './snip.js';
export { dropAndGrowByColumn, type SRigLOptions, sriglTransform } from './srigl.js';
export { type StraightThroughOptions, straightThrough } from './straight-through.js';
export {
  type TargetedDropoutTransformOptions,
  targetedDropoutTransform,
} from './targeted-dropout.js';
export { type TopKastOptions, topKastTransform } from './top-kast.js';
export { type TwoFourOptions, twoFourTransform } from './two-four.js';
export { type UnitDropoutOptions, unitDropoutTransform } from './unit-dropout.js';
export {
  klDivergence,
  type VariationalDropoutOptions,
  variationalDropoutTransform,
} from './variational-dropout.js';
export { type WeightDropoutOptions, weightDropoutTransform } from './weight-dropout.js';
export { type XtremeKOptions, xtremeKTransform } from './xtreme-k.js';
