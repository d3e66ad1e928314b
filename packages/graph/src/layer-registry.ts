import type { GraphLayer } from './graph.js';
import { graphLayer } from './graph-layer.js';
import { heldLayers, innerLayers, isModel, type LayerLike, type ModelLike, type VariableLike } from './layers-model.js';

type Registered = ReturnType<typeof graphLayer>;

/** The layers of a model, each under the first place where it is found, in the order of the model's `layers`. */
export class LayerRegistry {
  private readonly found = new Map<LayerLike, Registered>();
  private readonly ids = new Set<string>();
  private readonly trainable: ReadonlySet<VariableLike>;

  constructor(model: ModelLike) {
    this.trainable = new Set(model.trainableWeights);
  }

  /** All layers of a model, and what they hold. */
  addModel({ layers }: ModelLike, prefix: string, holder?: Registered): void {
    for (const layer of layers) this.add(layer, `${prefix}${layer.name}`, undefined, holder);
  }

  /**
   * A layer and what it holds.
   *
   * @param holder the wrapper, or layer of a user's own, that runs it
   */
  add(layer: LayerLike, wanted: string, path = wanted, holder?: Registered): void {
    const known = this.found.get(layer);
    if (known !== undefined) {
      if (holder === undefined || holder === known || known.holders.includes(holder)) return;
      known.holders.push(holder);
      if (isModel(layer)) this.addModel(layer, `${path}/`, holder);
      return;
    }
    const id = uniqueId(wanted, this.ids);
    const added = graphLayer(layer, id, path, this.trainable);
    if (holder) added.holders.push(holder);
    this.found.set(layer, added);
    if (isModel(layer)) this.addModel(layer, `${path}/`, holder);
    for (const { word, layer: inner } of innerLayers(layer)) {
      const innerId = `${id}/${word}`;
      this.add(inner, innerId, word === 'inner' ? path : innerId, added);
    }
    if (added.kind !== 'custom') return;
    for (const { word, layer: inner } of heldLayers(layer)) this.add(inner, `${id}/${word}`, undefined, added);
  }

  get(layer: LayerLike): GraphLayer {
    const found = this.found.get(layer);
    // A Sequential does not list the input that it makes for its first layer.
    if (found === undefined) this.add(layer, layer.name);
    return found ?? (this.found.get(layer) as GraphLayer);
  }

  /** Those of the layers that are used, in order. */
  listed(used: ReadonlySet<GraphLayer>): GraphLayer[] {
    const listed = new Set(used);
    // What layers of a user's own hold is no node. A set grows while it is walked, so that it goes on into what those
    // hold.
    const held = [...this.found.values()].filter(({ kind, holders }) => kind !== 'Model' && holders.length > 0);
    for (const holder of listed) {
      if (holder.kind !== 'custom') continue;
      for (const layer of held) if (layer.holders.includes(holder as Registered)) listed.add(layer);
    }
    return [...this.found.values()].filter((layer) => listed.has(layer));
  }
}

/**
 * `a`, or the first of `a#1`, `a#2`… that is not taken. A layer may be named `a/b` beside a model `a` with a layer `b`.
 */
export function uniqueId(wanted: string, taken: Set<string>, from = 0): string {
  for (let count = from; ; count++) {
    const id = count === 0 ? wanted : `${wanted}#${count}`;
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}
