import picomatch from 'picomatch';

/** Picks kernels by glob patterns on their paths, for example `stage2_*` or `encoder/dense*`. */
export interface KernelSelection {
  /** Only kernels that match one of these. Default: all but the first convolution and the last layer (the logits). */
  include?: readonly string[];
  /** No kernel that matches one of these. */
  exclude?: readonly string[];
}

/**
 * The kernel paths that a selection picks, in their order. A pattern matches a path with or without its last part, `/kernel`:
 * `encoder/**`, `*\/layer1/feed_forward/inner`.
 *
 * @param byDefault those that are picked without `include`; all, if not given
 * @throws TypeError for what is no list of patterns; RangeError if a pattern matches no kernel, or nothing is left; it begins with `op`
 */
export function selectPaths(
  op: string,
  paths: readonly string[],
  { include, exclude = [] }: KernelSelection,
  byDefault: readonly string[] = paths,
): string[] {
  const matching = (argument: string, patterns: readonly string[]) => {
    if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string')) {
      throw new TypeError(`${op}: ${argument} must be an array of patterns, got ${JSON.stringify(patterns)}`);
    }
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
  const included = include ? matching('include', include) : new Set(byDefault);
  const excluded = matching('exclude', exclude);
  const selected = paths.filter((path) => included.has(path) && !excluded.has(path));
  if (selected.length === 0) throw new RangeError(`${op}: no kernel is selected of ${paths.join(', ') || 'none'}`);
  return selected;
}
