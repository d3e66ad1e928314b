export { readSafetensors, type WriteOptions, writeSafetensors } from '#files';
export { decodeSafetensors, encodeSafetensors, type ReadOptions, type Safetensors } from './format.js';
export type { NamedArray } from './named-array.js';
