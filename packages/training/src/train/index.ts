export { type CheckpointKind, checkpointFile } from './checkpoint.js';
export { type ClassificationOptions, classificationTask, type ImageBatch } from './classification-task.js';
export { checkSchedule, type LearningRateSchedule, learningRateAt, SCHEDULE_KINDS } from './learning-rate.js';
export { makeOptimizer, type OptimizerChoice } from './make-optimizer.js';
export { checkGradients } from './missing-gradients.js';
export { type ModelTask, type ModelTaskOptions, modelTask } from './model-task.js';
export { NotFiniteError } from './not-finite.js';
export {
  type EvaluationRecord,
  type LogRecord,
  RunLog,
  type RunLogOptions,
  readRunLog,
  type StepRecord,
} from './observers/run-log.js';
export { TrainingProgress, type TrainingProgressOptions } from './observers/training-progress.js';
export type { TrainOptions } from './options.js';
export { firstDifference, type RunIdentity } from './run-identity.js';
export type { TaskDescription, TaskTransform, TrainingTask } from './task.js';
export type {
  BestMetric,
  CheckpointOptions,
  EvaluationReport,
  EvaluationSchedule,
  RunObserver,
  StepReport,
  TaskOptions,
  TaskResult,
} from './task-options.js';
export { type TimedStepsOptions, timedSteps } from './timed-steps.js';
export { train } from './train.js';
export { trainTask } from './train-task.js';
