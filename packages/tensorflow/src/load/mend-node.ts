import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * tfjs-node calls `util.isNullOrUndefined` and `util.isArray` in every operation. Node 23 removed the first; Node 22 and
 * later warn about the ones they have. Puts equal functions in their place. Must run before tfjs-node is loaded.
 */
export function mendNode(): void {
  // The CommonJS object, not an import: it is the one that tfjs-node's `require('util')` sees.
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}
