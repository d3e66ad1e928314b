export { type Hyperparameters, type Method, methods, resolveMethod } from '@winnow/baselines';
export {
  type ComparisonArm,
  type ComparisonSize,
  comparisonArms,
  comparisonExperiment,
  comparisonFigures,
  type FigureName,
  FULL,
  REDUCED,
} from './comparison.js';
export { demoExperiment } from './demo.js';
export { type Experiment, type ExperimentArm, PAPER_SPARSITIES } from './experiment.js';
export { findModel, type ModelRequest, models, type NamedModel } from './models.js';
export { type MethodSpec, parseMethod } from './names.js';
export { InterruptedError } from './run-arm.js';
export { type RunExperimentOptions, runExperiment } from './run-experiment.js';
export { RunStore } from './run-store.js';
export { type StepTimeOptions, stepTimes } from './step-times.js';
