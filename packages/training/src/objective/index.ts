export type { ClassWeight } from './class-weights.js';
export { LOSS_NAMES, type LossFunction, type LossName } from './losses.js';
export type { LossOption, MetricOption, ObjectiveOptions } from './objective.js';
