import type { GraphNode } from '../../graph.js';
import type { LayerKind } from '../../kinds.js';
import type { Shape } from '../../layers-model.js';
import { type Axes, type Features, lostAfter, mergedAxes, of, unclearAfter } from './features.js';
import { isSameOrder, joined } from './order.js';
import { flattened, readsChannelsFirst, reshaped } from './reshape.js';

/** A call of a layer, as a rule sees it. */
export interface Call {
  readonly node: GraphNode;
  /** `'flat' (Flatten)` */
  readonly layer: string;
  readonly inputs: readonly Features[];
  readonly input: Features;
  readonly shape: Shape;
  readonly output: Shape;
  /** The axes that the readers of the output need; undefined if they need none. */
  wantedAxes(): Axes | undefined;
  /** The order that the readers of a vector need; `'unclear'` if they need different ones. */
  wantedOrder(): Features['order'] | 'unclear';
}

/** What a layer does to the features. */
type Rule = (call: Call) => Features;

const keep: Rule = ({ input }) => input;

/** Makes an image of its own features. */
const image: Rule = ({ node }) => of(readsChannelsFirst(node.layer.config) ? 'first' : 'moved');

/** Works on an image whose channels stay what they are. */
const imageKept: Rule = ({ node, input }) => {
  if (input.lost !== undefined) return input;
  return readsChannelsFirst(node.layer.config) ? of('first') : of('moved', input.order);
};

const pooledGlobally: Rule = ({ node, input, layer }) => {
  if (input.lost !== undefined) return input;
  if (readsChannelsFirst(node.layer.config)) return of('last');
  return input.axes === 'first' && !input.assumed ? lostAfter(layer) : of('last', input.order);
};

const dense: Rule = ({ input, output, layer, wantedOrder }) => {
  if (output.length === 2) {
    const order = wantedOrder();
    return order === 'unclear' ? lostAfter(layer) : of('last', order);
  }
  return input.assumed || input.axes === 'last' ? of('last') : unclearAfter(input.unclear ?? layer);
};

const recurrent: Rule = () => of('last');

/** The axes that a layer works along, counted from the front. */
export function axesOf(config: Readonly<Record<string, unknown>>, rank: number): number[] {
  const given = config['axis'] ?? -1;
  return [given].flat().map((axis) => (Number(axis) < 0 ? Number(axis) + rank : Number(axis)));
}

const batchNorm: Rule = ({ node, input, shape, layer }) => {
  if (shape.length < 3 || input.lost !== undefined) return input;
  const [axis] = axesOf(node.layer.config, shape.length);
  const axes = axis === shape.length - 1 ? 'moved' : axis === 1 ? 'first' : undefined;
  if (axes !== undefined && (input.assumed || input.axes === axes)) return of(axes, input.order);
  return unclearAfter(input.unclear ?? layer, input.order);
};

const layerNorm: Rule = ({ node, input, shape, layer }) => {
  const isLastAlone = String(axesOf(node.layer.config, shape.length)) === String([shape.length - 1]);
  if (shape.length < 3 || input.lost !== undefined || !isLastAlone) return input;
  if (input.assumed || input.axes === 'last') return of('last', input.order);
  return unclearAfter(input.unclear ?? layer, input.order);
};

/** Element by element of several tensors: their features must stand in one order. */
/** One may be free to take the other's order, as a dense layer's output is; it is not told which is to follow. */
const differing = (layer: string): string => `${layer}, whose inputs have their features in different orders`;

const merged: Rule = ({ node, inputs, output, layer }) => {
  const axes = mergedAxes(inputs, layer);
  if (axes.lost !== undefined) return { ...axes, order: undefined };
  const size = output.at(-1);
  const whole = inputs.filter((_, at) => node.inputShapes[at]?.at(-1) === size);
  const order = whole[0]?.order;
  if (!whole.every((input) => isSameOrder(input.order, order))) return lostAfter(differing(layer));
  const isBroadcast = node.inputShapes.some(({ length }) => length !== output.length);
  return isBroadcast && order !== undefined ? lostAfter(layer) : { ...axes, order };
};

const concatenated: Rule = (call) => {
  const { node, inputs, output, layer } = call;
  const [axis] = axesOf(node.layer.config, output.length);
  const axes = mergedAxes(inputs, layer);
  if (axis !== output.length - 1) return merged(call);
  if (axes.lost !== undefined) return { ...axes, order: undefined };
  if (inputs.every(({ order }) => order === undefined)) return { ...axes, order: undefined };
  const sizes = node.inputShapes.map((shape) => shape.at(-1) ?? null);
  if (sizes.includes(null)) return lostAfter(layer);
  return { ...axes, order: joined(inputs.map(({ order }, at) => ({ order, size: sizes[at] as number }))) };
};

const dot: Rule = ({ node, inputs, output, layer }) => {
  const [a, b] = inputs as [Features, Features];
  const lost = inputs.find((input) => input.lost !== undefined);
  if (lost) return lost;
  const areVectors = node.inputShapes.every(({ length }) => length === 2);
  if (!isSameOrder(a.order, b.order) || (a.order !== undefined && !areVectors)) return lostAfter(differing(layer));
  return output.length < 3 ? of('last') : unclearAfter(layer);
};

const permuted: Rule = ({ node, input, shape, layer }) => {
  const dims = node.layer.config['dims'] as readonly number[];
  if (shape.length < 3 || dims.every((axis, at) => axis === at + 1) || input.lost !== undefined) return input;
  return input.order === undefined ? unclearAfter(layer) : lostAfter(layer);
};

const custom: Rule = ({ inputs, output, layer }) => {
  const lost = inputs.find((input) => input.lost !== undefined);
  if (lost) return lost;
  if (inputs.some(({ order }) => order !== undefined)) return lostAfter(layer);
  return output.length < 3 ? of('last') : unclearAfter(layer);
};

/** Layers that do the same to every element, or leave all where they are. */
const ELEMENTWISE = [
  ...['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax', 'Rescaling', 'Masking'],
  ...['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
] as const satisfies readonly LayerKind[];

const MERGES = ['Add', 'Average', 'Maximum', 'Minimum', 'Multiply'] as const satisfies readonly LayerKind[];
const CONVOLUTIONS = [
  ...['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose', 'DepthwiseConv2D', 'SeparableConv2D'],
] as const satisfies readonly LayerKind[];
const IMAGES = [
  ...['ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'CenterCrop', 'Resizing', 'RandomWidth', 'RandomHeight'],
  ...['AveragePooling1D', 'AveragePooling2D', 'AveragePooling3D', 'MaxPooling1D', 'MaxPooling2D', 'MaxPooling3D'],
] as const satisfies readonly LayerKind[];
const GLOBAL_POOLS = [
  ...['GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D'],
] as const satisfies readonly LayerKind[];
const RECURRENT = ['SimpleRNN', 'GRU', 'LSTM', 'RNN', 'Bidirectional'] as const satisfies readonly LayerKind[];

/** The rule of every layer that has one; all others are treated as a layer of a user's own. */
const RULES: ReadonlyMap<LayerKind, Rule> = new Map<LayerKind, Rule>([
  ...ELEMENTWISE.map((kind) => [kind, keep] as const),
  ...MERGES.map((kind) => [kind, merged] as const),
  ...CONVOLUTIONS.map((kind) => [kind, image] as const),
  ...IMAGES.map((kind) => [kind, imageKept] as const),
  ...GLOBAL_POOLS.map((kind) => [kind, pooledGlobally] as const),
  ...RECURRENT.map((kind) => [kind, recurrent] as const),
  ['InputLayer', () => ({ axes: 'moved', order: undefined, assumed: true })],
  ['Dense', dense],
  ['BatchNormalization', batchNorm],
  ['LayerNormalization', layerNorm],
  ['Concatenate', concatenated],
  ['Dot', dot],
  ['Permute', permuted],
  ['CategoryEncoding', recurrent],
  ['Embedding', ({ input, layer }) => (input.order || input.lost !== undefined ? lostAfter(layer) : of('last'))],
  ['RepeatVector', ({ input }) => (input.lost === undefined ? of('last', input.order) : input)],
  ['Flatten', ({ node, input, shape, layer }) => flattened(input, shape, layer, readsChannelsFirst(node.layer.config))],
  ['Reshape', ({ input, shape, output, layer, wantedAxes }) => reshaped(input, shape, output, layer, wantedAxes)],
]);

/** The features that a call gives. */
export function featuresAfter(call: Call): Features {
  return (RULES.get(call.node.layer.kind) ?? custom)(call);
}

/**
 * Whether the readers of a layer's output say what its input must be: it passes the features on as they are.
 *
 * @param isVector whether the input is one
 */
export function passesOn(kind: LayerKind, isVector: boolean): boolean {
  if (isVector && (kind === 'BatchNormalization' || kind === 'LayerNormalization')) return true;
  return ELEMENTWISE.some((other) => other === kind) || MERGES.some((other) => other === kind);
}

/** The axes in which a layer needs an input of three or more axes; undefined if it needs none. */
export function neededAxes({ layer, inputShapes }: GraphNode): Axes | undefined {
  const { kind, config } = layer;
  const isImage = [...CONVOLUTIONS, ...IMAGES].some((other) => other === kind);
  if (isImage) return readsChannelsFirst(config) ? 'first' : 'moved';
  const rank = inputShapes[0]?.length ?? 0;
  if (kind === 'BatchNormalization') {
    const [axis] = axesOf(config, rank);
    return axis === rank - 1 ? 'moved' : axis === 1 ? 'first' : 'unclear';
  }
  const sequences: readonly LayerKind[] = [...RECURRENT, 'Dense', 'LayerNormalization', 'TimeDistributed'];
  if (sequences.includes(kind)) return 'last';
  // Of images it is known what is usual, of sequences not.
  return kind === 'custom' || kind === 'ConvLSTM2D' ? outsideAxes(rank) : undefined;
}

/** The axes of a tensor that leaves the network, or goes into a layer of which nothing is known. */
export function outsideAxes(rank: number): Axes {
  return rank > 3 ? 'moved' : 'unclear';
}
