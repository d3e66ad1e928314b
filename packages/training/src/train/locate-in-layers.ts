import { tf } from '@winnow/tensorflow';
import { isFiniteTensor } from './not-finite.js';

/**
 * Runs a model once and names the first layer, in order of computation, with a weight or output that is not finite:
 * `the output of layer 'stage1_block1_conv1'`. Looks into nested models.
 *
 * @param run calls the model; its result is disposed
 */
export function locateInLayers(model: tf.LayersModel, run: () => tf.TensorContainer): string | undefined {
  let found: string | undefined;
  const restores = leafLayers(model.layers).map((layer) =>
    watchLayer(layer, (output) => {
      found ??= notFinite(layer, output);
    }),
  );
  try {
    tf.tidy(run);
  } finally {
    for (const restore of restores) restore();
  }
  return found;
}

interface CallableLayer {
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

function leafLayers(layers: readonly tf.layers.Layer[]): tf.layers.Layer[] {
  return layers.flatMap((layer) => {
    const inner = (layer as unknown as { layers?: tf.layers.Layer[] }).layers;
    return inner ? leafLayers(inner) : [layer];
  });
}

function watchLayer(layer: tf.layers.Layer, seen: (output: tf.Tensor | tf.Tensor[]) => void): () => void {
  const callable = layer as unknown as CallableLayer;
  const had = Object.hasOwn(callable, 'call');
  const call = callable.call;
  callable.call = function (this: CallableLayer, inputs, kwargs) {
    const output = call.call(this, inputs, kwargs);
    seen(output);
    return output;
  };
  return () => {
    if (had) callable.call = call;
    else delete (callable as Partial<CallableLayer>).call;
  };
}

function notFinite(layer: tf.layers.Layer, output: tf.Tensor | tf.Tensor[]): string | undefined {
  const weight = layer.trainableWeights.find((variable) => !isFiniteTensor(variable.read()));
  if (weight) return `the weight '${weight.originalName}'`;
  const outputs = Array.isArray(output) ? output : [output];
  return outputs.every(isFiniteTensor) ? undefined : `the output of layer '${layer.name}'`;
}
