import { type GraphContainer, type GraphLayer, onlyReader, onlyUse, readers } from './layer-graph.js';

/** What an activation computes besides: BatchNorm, and perhaps a sum between the two. */
export interface FusedActivation {
  readonly norm: GraphLayer;
  readonly sum: GraphLayer | undefined;
  /** Whether a shortcut goes on from BatchNorm's input. */
  readonly hasShortcut: boolean;
}

/** An input of a sum that a BatchNorm layer stands behind. */
export interface SumInput {
  readonly norm: GraphLayer;
  readonly at: number;
}

/** Which layers of a model compute together in training. */
export interface FusionPlan {
  /** BatchNorm layers that leave their work to an activation. */
  readonly norms: ReadonlySet<GraphLayer>;
  readonly activations: ReadonlyMap<GraphLayer, FusedActivation>;
  /** Sums whose input `at` is such a BatchNorm's and that leave theirs, too. */
  readonly sums: ReadonlyMap<GraphLayer, SumInput>;
  /** Sums whose input `at` is such a BatchNorm's input: a shortcut around it. */
  readonly shortcuts: ReadonlyMap<GraphLayer, SumInput>;
}

/**
 * Finds BatchNorm → ReLU, BatchNorm → Add → ReLU, and shortcuts from BatchNorm's input to an Add, where nobody else reads what
 * lies between.
 */
export function planFusions(container: GraphContainer): FusionPlan {
  const norms = new Set<GraphLayer>();
  const activations = new Map<GraphLayer, FusedActivation>();
  const sums = new Map<GraphLayer, SumInput>();
  const shortcuts = new Map<GraphLayer, SumInput>();
  for (const norm of container.layers) {
    if (norm.getClassName() !== 'BatchNormalization' || onlyUse(norm) === undefined) continue;
    const next = onlyReader(container, norm);
    if (next === undefined) continue;
    const sum = isSumOfTwo(next) && !sums.has(next) ? next : undefined;
    const activation = sum ? onlyReader(container, sum) : next;
    if (activation === undefined || !isRelu(activation)) continue;
    if (sum) sums.set(sum, { norm, at: inputOf(sum, norm) });
    const shortcut = sum ? undefined : shortcutOf(container, norm);
    if (shortcut) shortcuts.set(shortcut, { norm, at: shortcutInput(shortcut, norm) });
    norms.add(norm);
    activations.set(activation, { norm, sum, hasShortcut: shortcut !== undefined });
  }
  return { norms, activations, sums, shortcuts };

  function shortcutOf(model: GraphContainer, norm: GraphLayer): GraphLayer | undefined {
    const input = onlyUse(norm)!.inputTensors[0]!;
    const found = readers(model, input).filter((layer) => isSumOfTwo(layer) && !shortcuts.has(layer));
    return found.length === 1 ? found[0] : undefined;
  }
}

const inputOf = (sum: GraphLayer, norm: GraphLayer) =>
  onlyUse(sum)!.inputTensors.indexOf(onlyUse(norm)!.outputTensors[0]!);
const shortcutInput = (sum: GraphLayer, norm: GraphLayer) =>
  onlyUse(sum)!.inputTensors.indexOf(onlyUse(norm)!.inputTensors[0]!);

function isSumOfTwo(layer: GraphLayer): boolean {
  const inputs = onlyUse(layer)?.inputTensors;
  return layer.getClassName() === 'Add' && inputs?.length === 2 && inputs[0] !== inputs[1];
}

function isRelu(layer: GraphLayer): boolean {
  if (layer.getClassName() === 'ReLU') return (layer as { maxValue?: number | null }).maxValue == null;
  if (layer.getClassName() !== 'Activation') return false;
  return (layer as unknown as { activation: { getClassName(): string } }).activation.getClassName() === 'relu';
}
