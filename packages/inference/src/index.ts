/**
 * Runs networks, pruned ones faster, in Node and without TensorFlow.
 * @module
 */
export { type CompileOptions, compile } from './compile.js';
export type { Port } from './lower/lower.js';
export { Session, type SessionInputs, type Tensor } from './session.js';
