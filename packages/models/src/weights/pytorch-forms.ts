/** How PyTorch stores the variables of tf.layers' layers. */

import type * as tf from '@tensorflow/tfjs';
import {
  axesOf,
  type Features,
  featureOrders,
  type GraphLayer,
  graphOf,
  type LayerFeatures,
  type Weight,
} from '@winnow/graph';
import type { StoredForm } from './stored-form.js';

/** A variable without a form in PyTorch that could be told: why, and what the name map could say to help. */
export interface Refused {
  readonly refused: string;
  /** The form, if only the order of the features is not known. */
  readonly unordered?: StoredForm;
}

/** How PyTorch stores a variable. */
export type PytorchForm = StoredForm | Refused;

/** What the form of a variable is made of. */
interface Stored {
  readonly layer: GraphLayer;
  readonly weight: Weight;
  readonly input: Features;
  readonly rank: number;
  readonly output: Features;
}

type Rule = (stored: Stored) => PytorchForm;

/** The forms of all variables of a model's layers. */
export function pytorchForms(model: tf.LayersModel): ReadonlyMap<tf.Variable, PytorchForm> {
  const graph = graphOf(model);
  const features = featureOrders(graph);
  const forms = new Map<tf.Variable, PytorchForm>();
  for (const layer of graph.layers) {
    const known = features.get(layer) as LayerFeatures;
    for (const weight of layer.weights) {
      const form = (RULES[layer.kind] ?? unknown)({ layer, weight, ...known });
      forms.set(weight.read() as unknown as tf.Variable, form);
    }
  }
  return forms;
}

/** `[…size, in, out]` → `[out, in, …size]` */
export function convolutionAxes(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
}

/**
 * A form with the features along some axes in PyTorch's order.
 *
 * @param along first the axis of the features that the layer reads, if the weight has one
 */
function ordered(
  { weight: { shape } }: Stored,
  along: readonly (readonly [axis: number, features: Features])[],
  axes?: readonly number[],
): PytorchForm {
  const features = along[0]?.[0];
  const unordered: StoredForm = {
    shape: axes ? axes.map((axis) => shape[axis] as number) : shape,
    ...(axes && { axes }),
    ...(features !== undefined && { features }),
  };
  const lost = along.find((entry) => entry[1].lost !== undefined)?.[1].lost;
  if (lost !== undefined) return { refused: `PyTorch's order of the features is not known after ${lost}`, unordered };
  const orders = along.flatMap(([axis, { order }]) => (order ? [{ axis, order }] : []));
  return { ...unordered, orders };
}

const asIs: Rule = ({ weight: { shape } }) => ({ shape });

const dense: Rule = (stored) => {
  const { weight, input, output } = stored;
  if (weight.role === 'bias') return ordered(stored, [[0, output]]);
  const along = [[0, input] as const, [1, output] as const];
  return ordered(stored, along, [1, 0]);
};

const convolution: Rule = (stored) => {
  const { weight, input } = stored;
  if (weight.role === 'bias') return asIs(stored);
  const rank = weight.shape.length;
  return ordered(stored, [[rank - 2, input]], convolutionAxes(rank));
};

/** Its kernel is `[…size, out, in]`. */
const transposedConvolution: Rule = (stored) => {
  const { weight, input } = stored;
  if (weight.role === 'bias') return asIs(stored);
  const rank = weight.shape.length;
  return ordered(stored, [[rank - 1, input]], convolutionAxes(rank));
};

/**
 * `[height, width, in, multiplier]` → `[in · multiplier, 1, height, width]`, PyTorch's with a group for every channel.
 * What the layer gives has the channels that it reads, so their order would go on into all that follows.
 */
const depthwise: Rule = (stored) => {
  const { weight, layer, input } = stored;
  if (input.lost !== undefined || input.order) {
    const reason = input.lost === undefined ? `in what '${layer.path}' reads` : `after ${input.lost}`;
    return { refused: `PyTorch's order of the channels is not known ${reason}` };
  }
  if (weight.role === 'pointwiseKernel') return ordered(stored, [], convolutionAxes(weight.shape.length));
  if (weight.role !== 'depthwiseKernel') return asIs(stored);
  const [height, width, channels, multiplier] = weight.shape as [number, number, number, number];
  return { shape: [channels * multiplier, 1, height, width], axes: [2, 3, 0, 1] };
};

/** PyTorch's recurrent layers have gates in the same order, but fixed activations. */
const recurrent =
  (activations: Readonly<Record<string, readonly string[]>>): Rule =>
  (stored) => {
    const { layer, weight, input } = stored;
    for (const [option, known] of Object.entries(activations)) {
      const given = layer.config[option];
      if (!known.includes(String(given))) {
        return { refused: `PyTorch's ${layer.className} has the ${option} '${known.join("' or '")}', not '${given}'` };
      }
    }
    if (weight.role === 'bias') return asIs(stored);
    return ordered(stored, weight.role === 'kernel' ? [[0, input]] : [], [1, 0]);
  };

const refused =
  (reason: string): Rule =>
  () => ({ refused: reason });

const batchNorm: Rule = (stored) => {
  const { layer, input, rank } = stored;
  // Along any axis but the last, entries stand as they are.
  return axesOf(layer.config, rank)[0] === rank - 1 ? ordered(stored, [[0, input]]) : asIs(stored);
};

/** PyTorch's LayerNorm works on the last axes, and has its weights in their order. */
const layerNorm: Rule = (stored) => {
  const { layer, weight, input, rank } = stored;
  const axes = axesOf(layer.config, rank);
  if (String(axes) === String([rank - 1])) return ordered(stored, [[0, input]]);
  const last = weight.shape.length - 1;
  if (input.lost !== undefined) return ordered(stored, [[last, input]]);
  const rest = Array.from({ length: last }, (_, axis) => axis);
  const isWhole = String(axes) === String([...rest, last].map((axis) => axis + 1));
  if (!isWhole || rank !== axes.length + 1) {
    return { refused: `PyTorch's LayerNorm works on the last axes, not on [${axes}] of ${rank}` };
  }
  if (input.axes === 'unclear') return { refused: `PyTorch's order of the axes is not known after ${input.unclear}` };
  return ordered(stored, [[last, input]], input.axes === 'moved' ? [last, ...rest] : undefined);
};

/** PyTorch's PReLU has one slope, or one for each channel. */
const prelu: Rule = (stored) => {
  const { weight, input } = stored;
  const { shape } = weight;
  const size = shape.at(-1) as number;
  if (shape.slice(0, -1).some((axis) => axis !== 1)) {
    return { refused: `PyTorch's PReLU has one slope for each channel, not [${shape}]; use sharedAxes` };
  }
  if (size === 1) return { shape: [1] };
  const form = ordered(stored, [[shape.length - 1, input]]);
  return 'refused' in form ? form : { ...form, shape: [size] };
};

/** A layer of a user's own. */
const unknown: Rule = (stored) => {
  const { layer, weight, input } = stored;
  if (weight.shape.length > 1) return { refused: `PyTorch's layout of a ${layer.className} is not known` };
  if (input.lost !== undefined) return ordered(stored, [[0, input]]);
  if (!input.order) return asIs(stored);
  return ordered(stored, [[0, { ...input, lost: `'${layer.path}' (${layer.className})` }]]);
};

const GRU =
  "tf.layers' GRU resets the state before the recurrent product, PyTorch's after: no weights make them the same";
const CELLS = 'cells in a plain RNN have no names of their own in PyTorch; use a recurrent layer for each';
const CONV_LSTM = 'PyTorch has no ConvLSTM2D';

const RULES: { readonly [kind in GraphLayer['kind']]?: Rule } = {
  Dense: dense,
  Conv1D: convolution,
  Conv2D: convolution,
  Conv3D: convolution,
  Conv2DTranspose: transposedConvolution,
  Conv3DTranspose: transposedConvolution,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: depthwise,
  Embedding: asIs,
  LSTM: recurrent({ activation: ['tanh'], recurrentActivation: ['sigmoid'] }),
  SimpleRNN: recurrent({ activation: ['tanh', 'relu'] }),
  GRU: refused(GRU),
  SimpleRNNCell: refused(CELLS),
  GRUCell: refused(CELLS),
  LSTMCell: refused(CELLS),
  ConvLSTM2D: refused(CONV_LSTM),
  ConvLSTM2DCell: refused(CONV_LSTM),
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  PReLU: prelu,
};
