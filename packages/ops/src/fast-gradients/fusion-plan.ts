import { type BatchNormFusion, fuseBatchNorm, graphOf, type LayerLike, type ModelLike, Wiring } from '@winnow/graph';

/** What an activation computes besides: BatchNorm, and perhaps a sum between the two. */
interface FusedActivation {
  readonly norm: LayerLike;
  readonly sum: LayerLike | undefined;
  /** Whether a shortcut goes on from BatchNorm's input. */
  readonly hasShortcut: boolean;
}

/** An input of a sum that a BatchNorm layer stands behind. */
interface SumInput {
  readonly norm: LayerLike;
  readonly at: number;
}

/** Which layers of a model compute together in training. */
export interface FusionPlan {
  /** BatchNorm layers that leave their work to an activation. */
  readonly norms: ReadonlySet<LayerLike>;
  readonly activations: ReadonlyMap<LayerLike, FusedActivation>;
  /** Sums whose input `at` is such a BatchNorm's and that leave theirs, too. */
  readonly sums: ReadonlyMap<LayerLike, SumInput>;
  /** Sums whose input `at` is such a BatchNorm's input: a shortcut around it. */
  readonly shortcuts: ReadonlyMap<LayerLike, SumInput>;
}

/** A model's wiring never changes, and every training pass asks. */
const plans = new WeakMap<ModelLike, FusionPlan>();

/** The plan of a model. A nested model runs by itself and has a plan of its own. */
export function planFusions(model: ModelLike): FusionPlan {
  const known = plans.get(model);
  if (known) return known;
  const graph = fuseBatchNorm(graphOf(model, { nested: 'keep' }));
  const wiring = new Wiring(graph);
  const layerOf = (id: string) => wiring.node(id).layer.source;
  const norms = new Set<LayerLike>();
  const activations = new Map<LayerLike, FusedActivation>();
  const sums = new Map<LayerLike, SumInput>();
  const shortcuts = new Map<LayerLike, SumInput>();
  const found = graph.fusions.filter((fusion): fusion is BatchNormFusion => fusion.kind === 'batch-norm');
  for (const { norm: id, sum, activation, shortcut } of found) {
    const norm = layerOf(id);
    norms.add(norm);
    if (sum) sums.set(layerOf(sum.node), { norm, at: sum.at });
    if (shortcut) shortcuts.set(layerOf(shortcut.node), { norm, at: shortcut.at });
    activations.set(layerOf(activation), {
      norm,
      sum: sum && layerOf(sum.node),
      hasShortcut: shortcut !== undefined,
    });
  }
  const plan = { norms, activations, sums, shortcuts };
  plans.set(model, plan);
  return plan;
}
