import type { Graph, GraphLayer, Weight } from '../graph.js';
import type { LayerKind, WeightRole } from '../kinds.js';

/**
 * Where a kernel has its units and its fan-in. `'unitsLast'`: the last axis counts units, all others are the fan-in.
 * `'depthwise'`, `[h, w, channels, multiplier]`: every channel has `multiplier` units of fan-in h·w. `'transposed'`,
 * `[…, units, channels]`: the axis before the last counts units.
 */
export type KernelLayout = 'unitsLast' | 'depthwise' | 'transposed';

/** A kernel that methods drop and pruning cuts. */
export interface GraphKernel {
  /** `layer/kernel`, `lstm/recurrent_kernel` */
  readonly path: string;
  readonly layer: GraphLayer;
  readonly weight: Weight;
  readonly layout: KernelLayout;
  /** The layers that the network calls to run this kernel's: the layer itself, or the outermost wrapper around it. */
  readonly hosts: readonly GraphLayer[];
}

/**
 * Weights of layers of a user's own that are kernels, by the layers' class name: `{ MyAttention: ['query', 'key'] }`.
 */
export type CustomKernels = Readonly<Record<string, readonly string[]>>;

const KERNEL_ROLES: ReadonlySet<WeightRole> = new Set([
  ...(['kernel', 'depthwiseKernel', 'pointwiseKernel', 'recurrentKernel', 'embeddings'] as const),
]);
const TRANSPOSED: ReadonlySet<LayerKind> = new Set(['Conv2DTranspose', 'Conv3DTranspose']);

/**
 * The kernels of a network: of dense, convolution and recurrent layers and their subclasses, embeddings, and those of
 * layers of a user's own that `custom` names. In the order of the graph's layers: those in nested models, wrappers and
 * holding layers, too; one of a layer that is called twice once, as is one that two layers share: under the first.
 *
 * @param op the operation that an error names
 * @throws TypeError if `custom` is no object of lists of names
 */
export function kernels(graph: Graph, custom: CustomKernels = {}, op = 'kernels'): GraphKernel[] {
  checkCustomForm(op, custom);
  const called = new Set(graph.nodes.map(({ layer }) => layer));
  const bySource = new Map<unknown, GraphKernel>();
  for (const layer of graph.layers) {
    const { kind, className } = layer;
    const named = Object.hasOwn(custom, className) ? custom[className] : undefined;
    const weights = layer.weights.filter(({ role, name }) => KERNEL_ROLES.has(role) || named?.includes(name));
    for (const weight of weights) {
      const hosts = hostsOf(layer, called);
      const first = bySource.get(weight.source);
      if (first) {
        bySource.set(weight.source, { ...first, hosts: [...new Set([...first.hosts, ...hosts])] });
        continue;
      }
      const layout = layoutOf(layer.extends ?? kind, weight.role);
      bySource.set(weight.source, { path: `${layer.path}/${weight.name}`, layer, weight, layout, hosts });
    }
  }
  return [...bySource.values()];
}

/** @throws TypeError unless it is an object of lists of weight names */
export function checkCustomForm(op: string, custom: unknown): void {
  const form = "{ MyLayer: ['weight', …] }, from class names to lists of weight names";
  if (typeof custom !== 'object' || custom === null || Array.isArray(custom)) {
    throw new TypeError(`${op}: custom must be ${form}, got ${JSON.stringify(custom) ?? String(custom)}`);
  }
  for (const [className, names] of Object.entries(custom as Record<string, unknown>)) {
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) continue;
    const got = JSON.stringify(names) ?? String(names);
    throw new TypeError(`${op}: custom must be ${form}, got ${got} for ${className}`);
  }
}

/** Weights of layers of a user's own that may be kernels, since they have two axes or more, but that nothing names. */
export function unnamedKernels(graph: Graph, named: readonly GraphKernel[]): { path: string; className: string }[] {
  const known = new Set(named.map(({ weight }) => weight.source));
  return graph.layers
    .filter(({ kind }) => kind === 'custom')
    .flatMap(({ path, className, weights }) =>
      weights
        .filter((weight) => weight.shape.length >= 2 && !known.has(weight.source))
        .map(({ name }) => ({ path: `${path}/${name}`, className })),
    );
}

function layoutOf(kind: LayerKind, role: WeightRole): KernelLayout {
  if (role === 'depthwiseKernel') return 'depthwise';
  return role === 'kernel' && TRANSPOSED.has(kind) ? 'transposed' : 'unitsLast';
}

function hostsOf(layer: GraphLayer, called: ReadonlySet<GraphLayer>): GraphLayer[] {
  const around = new Set([layer]);
  // A set grows while it is walked.
  for (const { holders } of around) for (const holder of holders) around.add(holder);
  return [...around].filter((host) => called.has(host));
}
