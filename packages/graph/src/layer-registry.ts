import type { GraphLayer } from './graph.js';
import { graphLayer } from './graph-layer.js';
import { innerLayers, isModel, type LayerLike, type ModelLike } from './layers-model.js';

/** The layers of a model, each under the first place where it is found, in the order of the model's `layers`. */
export class LayerRegistry {
  private readonly found = new Map<LayerLike, GraphLayer>();
  private readonly ids = new Set<string>();

  /** All layers of a model, and what they hold. */
  addModel({ layers }: ModelLike, prefix: string): void {
    for (const layer of layers) this.add(layer, `${prefix}${layer.name}`);
  }

  /** A layer and what it holds. */
  add(layer: LayerLike, wanted: string, path = wanted, owner = layer): void {
    if (this.found.has(layer)) return;
    const id = uniqueId(wanted, this.ids);
    this.found.set(layer, graphLayer(layer, id, path, owner));
    if (isModel(layer)) this.addModel(layer, `${path}/`);
    for (const { word, layer: inner } of innerLayers(layer)) {
      const innerId = `${id}/${word}`;
      this.add(inner, innerId, word === 'inner' ? path : innerId, owner);
    }
  }

  get(layer: LayerLike): GraphLayer {
    const found = this.found.get(layer);
    // A Sequential does not list the input that it makes for its first layer.
    if (found === undefined) this.add(layer, layer.name);
    return found ?? (this.found.get(layer) as GraphLayer);
  }

  /** Those of the layers that are used, in order. */
  listed(used: ReadonlySet<GraphLayer>): GraphLayer[] {
    return [...this.found.values()].filter((layer) => used.has(layer));
  }
}

/** `a`, or the first of `a#1`, `a#2`… that is not taken. A layer may be named `a/b` beside a model `a` with a layer `b`. */
export function uniqueId(wanted: string, taken: Set<string>, from = 0): string {
  for (let count = from; ; count++) {
    const id = count === 0 ? wanted : `${wanted}#${count}`;
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}
