import picomatch from 'picomatch';
import { type CustomKernels, checkCustomForm } from './kernels.js';

/** Picks kernels by glob patterns on their paths, for example `stage2_*` or `encoder/dense*`. */
export interface KernelSelection {
  /**
   * Only kernels that match one of these. Default: all but every input's first convolution, every output's last layer
   * (the logits) and embeddings.
   */
  include?: readonly string[];
  /** No kernel that matches one of these. */
  exclude?: readonly string[];
  /** Which weights of layers of your own are kernels, by the layers' class name: `{ MyAttention: ['query'] }`. */
  custom?: CustomKernels;
}

const KEYS: readonly string[] = ['include', 'exclude', 'custom'];

/**
 * @throws RangeError naming a key that does not exist: what is misspelt is not ignored; TypeError if `custom` is of
 *   another form
 */
export function checkSelection(op: string, selection: KernelSelection): void {
  const unknown = Object.keys(selection).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new RangeError(`${op}: selection has no '${unknown}'; the options are ${KEYS.join(', ')}`);
  }
  if (selection.custom !== undefined) checkCustomForm(op, selection.custom);
}

/**
 * The kernel paths that a selection picks, in their order. A pattern matches a path with or without its last part, such
 * as `/kernel`: `encoder/**`, `*\/layer1/feed_forward/inner`.
 *
 * @param byDefault those that are picked without `include`; all, if not given
 * @param left paths that are not among `byDefault`, with reasons, for the error
 * @throws TypeError for what is no list of patterns; RangeError if a pattern matches no kernel, or nothing is left; it
 *   begins with `op`
 */
export function selectPaths(
  op: string,
  paths: readonly string[],
  selection: KernelSelection,
  byDefault: readonly string[] = paths,
  left: readonly string[] = [],
): string[] {
  checkSelection(op, selection);
  if (paths.length === 0) throw new RangeError(`${op}: there is no kernel to select`);
  const { include, exclude = [] } = selection;
  const matching = (argument: string, patterns: readonly string[]) => {
    if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string')) {
      throw new TypeError(`${op}: ${argument} must be an array of patterns, got ${JSON.stringify(patterns)}`);
    }
    const found = new Set<string>();
    for (const pattern of patterns) {
      const isMatch = picomatch(pattern);
      const hits = paths.filter((path) => isMatch(path) || isMatch(path.replace(/\/[^/]*$/, '')));
      if (hits.length === 0) {
        throw new RangeError(
          `${op}: ${argument} pattern '${pattern}' matches no kernel; there are ${paths.join(', ')}`,
        );
      }
      for (const hit of hits) found.add(hit);
    }
    return found;
  };
  const included = include === undefined ? new Set(byDefault) : matching('include', include);
  const excluded = matching('exclude', exclude);
  const selected = paths.filter((path) => included.has(path) && !excluded.has(path));
  if (selected.length === 0) {
    const reasons = include === undefined && left.length > 0 ? ` (${left.join('; ')})` : '';
    throw new RangeError(`${op}: no kernel is selected of ${paths.join(', ')}${reasons}`);
  }
  return selected;
}
