import type { Graph } from '../graph.js';
import { sparedByDefault } from './default-kernels.js';
import { type GraphKernel, kernels, unnamedKernels } from './kernels.js';
import { checkSelection, type KernelSelection, selectPaths } from './select-paths.js';

/** A kernel that is left as it is, and why. */
export interface SkippedKernel {
  readonly path: string;
  readonly why: string;
}

/** What a selection picks, and what it leaves out although nobody asked for that. */
export interface SelectedKernels {
  readonly kernels: readonly GraphKernel[];
  readonly skipped: readonly SkippedKernel[];
}

const FROZEN = 'frozen: the model does not train it';

/**
 * The kernels that methods drop and pruning cuts. By default all but every input's first layer if it is a convolution,
 * every output's last layer (the logits), as in the paper, and embeddings; with `include` exactly the matching ones.
 * Frozen kernels never.
 *
 * @param op the operation that an error names
 * @param impossible the reason why a kernel cannot be taken, if there is one
 * @throws TypeError if `custom` or a list of patterns is of another form; RangeError if the model has no kernel, a
 *   pattern matches none, or nothing is left; with the reasons
 */
export function chooseKernels(
  graph: Graph,
  selection: KernelSelection = {},
  op = 'chooseKernels',
  impossible: (kernel: GraphKernel) => string | undefined = () => undefined,
): SelectedKernels {
  checkSelection(op, selection);
  const { custom, ...patterns } = selection;
  checkCustom(op, graph, selection);
  const all = kernels(graph, custom);
  const unnamed = unnamedKernels(graph, all);
  if (all.length + unnamed.length === 0)
    throw new RangeError(`${op}: the model has no kernel: ${withoutKernels(graph)}`);
  const spared = sparedByDefault(graph, all);
  const never = new Map<string, string>();
  for (const kernel of all) {
    const why = kernel.weight.trainable ? impossible(kernel) : FROZEN;
    if (why !== undefined) never.set(kernel.path, why);
  }
  for (const { path, className } of unnamed) {
    never.set(path, `weights of a ${className}, which is no stock layer: name them in 'custom' if they are a kernel`);
  }
  const byDefault = all.filter((kernel) => !spared.has(kernel));
  const asked = selectPaths(
    op,
    [...all.map(({ path }) => path), ...unnamed.map(({ path }) => path)],
    patterns,
    [...byDefault.map(({ path }) => path), ...unnamed.map(({ path }) => path)],
    [...spared].map(([{ path }, why]) => `${path}: ${why}`),
  );
  const picked = new Set(asked);
  const skipped = asked.flatMap((path) => {
    const why = never.get(path);
    return why === undefined ? [] : [{ path, why }];
  });
  if (patterns.include === undefined) {
    skipped.push(...[...spared].map(([{ path }, why]) => ({ path, why: never.get(path) ?? why })));
  }
  const selected = all.filter(({ path }) => picked.has(path) && !never.has(path));
  if (selected.length === 0) {
    const reasons = skipped.map(({ path, why }) => `${path}: ${why}`).join('; ');
    throw new RangeError(`${op}: no kernel is selected of ${asked.join(', ')} (${reasons})`);
  }
  return { kernels: selected, skipped };
}

/** As `chooseKernels`, without what was left out. */
export function selectKernels(graph: Graph, selection: KernelSelection = {}, op = 'selectKernels'): GraphKernel[] {
  return [...chooseKernels(graph, selection, op).kernels];
}

/** What a network has in the place of kernels, in words. */
function withoutKernels({ layers }: Graph): string {
  const weighted = layers.filter(({ weights }) => weights.length > 0);
  if (weighted.length === 0) return 'no layer of it has weights';
  const list = weighted.map(
    ({ path, className, weights }) => `${path} (${className}: ${weights.map(({ name }) => name).join(', ')})`,
  );
  return `its layers with weights are ${list.join(', ')}; name those of layers of your own in 'custom'`;
}

function checkCustom(op: string, graph: Graph, { custom = {} }: KernelSelection): void {
  for (const [className, names] of Object.entries(custom)) {
    const layers = graph.layers.filter((layer) => layer.className === className);
    if (layers.length === 0)
      throw new RangeError(`${op}: custom names '${className}', and the model has no such layer`);
    const have = new Set(layers.flatMap(({ weights }) => weights.map(({ name }) => name)));
    for (const name of names) {
      if (have.has(name)) continue;
      throw new RangeError(`${op}: custom must name weights of ${className} (${[...have].join(', ')}), got '${name}'`);
    }
  }
}
