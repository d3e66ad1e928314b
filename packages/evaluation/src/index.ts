export * from './datasets/index.js';
export * from './experiments/index.js';
export * from './metrics/index.js';
export * from './prune/index.js';
export * from './report/index.js';
export * from './runs/index.js';
export * from './tensorboard/index.js';
export * from './train/index.js';
