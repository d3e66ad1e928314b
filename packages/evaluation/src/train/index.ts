export { type LearningRateSchedule, learningRateAt } from './learning-rate.js';
export type { CheckpointOptions, StepReport, TrainOptions, TrainResult } from './options.js';
export { train } from './train.js';
