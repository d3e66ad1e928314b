export type { ExampleBatch } from './source.js';
export type { ExampleStream, Examples, NestedNumbers, NumberArray, TrainingData, Values } from './training-data.js';
