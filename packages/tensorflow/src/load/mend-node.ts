import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Replaces `util.isNullOrUndefined` and `util.isArray`, which tfjs-node calls in every operation. Node 23 removed the
 * former; Node 22 and later print deprecation warnings for those they have. Call it before tfjs-node is loaded.
 */
export function mendNode(): void {
  // `require`, not `import`: this must be the object that tfjs-node's `require('util')` returns.
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}
