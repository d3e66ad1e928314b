export * from './experiments/index.js';
export * from './report/index.js';
export * from './results/index.js';
export * from './runs/index.js';
export * from './translation/index.js';
