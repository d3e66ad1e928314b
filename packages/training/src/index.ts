export * from './examples/index.js';
export * from './metrics/index.js';
export * from './objective/index.js';
export * from './prune/index.js';
export * from './tensorboard/index.js';
export * from './train/index.js';
