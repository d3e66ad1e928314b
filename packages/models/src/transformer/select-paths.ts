import picomatch from 'picomatch';
import type { KernelSelection } from '../kernel-layers.js';

/**
 * The kernel paths that a selection picks, in their order; by default all. A pattern matches a path with or without its last
 * part: `encoder/**`, `*\/layer1/feed_forward/inner`.
 *
 * @throws RangeError if a pattern matches no kernel, or nothing is left
 */
export function selectPaths(op: string, paths: readonly string[], selection: KernelSelection): string[] {
  const matching = (argument: string, patterns: readonly string[]) => {
    const found = new Set<string>();
    for (const pattern of patterns) {
      const isMatch = picomatch(pattern);
      const hits = paths.filter((path) => isMatch(path) || isMatch(path.slice(0, -'/kernel'.length)));
      if (hits.length === 0) {
        throw new RangeError(
          `${op}: ${argument} pattern '${pattern}' matches no kernel; there are ${paths.join(', ')}`,
        );
      }
      for (const hit of hits) found.add(hit);
    }
    return found;
  };
  const included = selection.include ? matching('include', selection.include) : new Set(paths);
  const excluded = selection.exclude ? matching('exclude', selection.exclude) : new Set<string>();
  const selected = paths.filter((path) => included.has(path) && !excluded.has(path));
  if (selected.length === 0) throw new RangeError(`${op}: no kernel is selected of ${paths.join(', ') || 'none'}`);
  return selected;
}
