// Placeholder so that importers load while the addon is being written; to be replaced by its author.
export { prunedCount } from './pruned-count.js';
export function loadTensorFlowOps(): string[] { return []; }
export function instructionSets() { return { selected: 'none', supported: ['none'] }; }
export function operations(): string[] { return []; }
export async function buildNative(_: object): Promise<void> {}
