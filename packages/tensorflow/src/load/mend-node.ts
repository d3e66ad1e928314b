import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Node 23 removed `util.isNullOrUndefined` and `util.isArray`, which tfjs-node calls in every operation. Defines them
 * again where they are missing. Must run before tfjs-node is loaded.
 */
export function mendNode(): void {
  // The CommonJS object, not an import: it is the one that tfjs-node's `require('util')` sees.
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
