import { type Graph, type GraphLayer, graphOf } from '@winnow/graph';
import type { tf } from '@winnow/tensorflow';

const DILATED: ReadonlySet<string> = new Set([
  ...['Conv1D', 'Conv2D', 'Conv3D', 'SeparableConv2D', 'ConvLSTM2D', 'ConvLSTM2DCell'],
]);

/**
 * Refuses layers through which training needs a gradient that tfjs does not have: those that are trained, or come after
 * trained ones. Frozen ones at the beginning are fine, and so is evaluation.
 *
 * @param caller the function that its errors are of
 * @throws RangeError naming the layer and what to do
 */
export function checkGradients(caller: string, model: tf.LayersModel): void {
  const graph = graphOf(model);
  const missing = graph.layers.filter((layer) => whyNoGradient(layer) !== undefined);
  if (missing.length === 0) return;
  const after = afterTrained(graph);
  for (const layer of missing) {
    const around = withHolders(layer);
    // Whether a layer of a user's own runs what it holds, only its author knows.
    if (around.some(({ kind }) => kind === 'custom')) continue;
    if (!layer.weights.some(({ trainable }) => trainable) && !around.some((host) => after.has(host))) continue;
    throw new RangeError(
      `${caller}: layer '${layer.path}' cannot be trained: tfjs has no gradient of ${whyNoGradient(layer)}; ` +
        'freeze it and all layers before it (trainable: false), or replace it',
    );
  }
}

function whyNoGradient({ kind, config }: GraphLayer): string | undefined {
  if (kind === 'Conv3DTranspose') return 'Conv3DTranspose';
  const rates = [config['dilationRate'] ?? 1].flat() as number[];
  if (!DILATED.has(kind) || rates.every((rate) => rate === 1)) return undefined;
  return `${kind} with dilationRate ${rates.join(', ')}`;
}

/** The layers that read, in one of their calls, what a trained layer has computed. */
function afterTrained({ nodes, layers }: Graph): Set<GraphLayer> {
  const trained = new Set(
    layers.filter(({ weights }) => weights.some(({ trainable }) => trainable)).flatMap((layer) => withHolders(layer)),
  );
  const after = new Set<GraphLayer>();
  const carrying = new Set<string>();
  for (const { id, layer, inputs } of nodes) {
    const reads = inputs.some(({ node }) => carrying.has(node));
    if (reads) after.add(layer);
    // A layer of a user's own may stop gradients.
    if ((reads || trained.has(layer)) && layer.kind !== 'custom') carrying.add(id);
  }
  return after;
}

/** A layer and all that run it. */
function withHolders(layer: GraphLayer): GraphLayer[] {
  const around = new Set([layer]);
  // A set grows while it is walked.
  for (const { holders } of around) for (const holder of holders) around.add(holder);
  return [...around];
}
