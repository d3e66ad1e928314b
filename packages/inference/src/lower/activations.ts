import type { ActivationCall } from '../network.js';
import type { LayerCall } from './layer-call.js';

type Function = ActivationCall | 'softmax' | 'logSoftmax';

const plain = (kind: ActivationCall['kind'], alpha = 0): ActivationCall => ({ kind, alpha });

/** tf.layers' activation functions, by their names in lower case without underscores: files write both. */
const ACTIVATIONS: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['linear', plain('none')],
  ['relu', plain('relu')],
  ['relu6', plain('cappedRelu', 6)],
  ['elu', plain('elu', 1)],
  ['selu', plain('selu')],
  ['sigmoid', plain('sigmoid')],
  ['hardsigmoid', plain('hardSigmoid')],
  ['tanh', plain('tanh')],
  ['softplus', plain('softplus')],
  ['softsign', plain('softsign')],
  ['gelu', plain('gelu')],
  ['gelunew', plain('geluTanh')],
  ['swish', plain('swish')],
  ['mish', plain('mish')],
  ['softmax', 'softmax'],
  ['logsoftmax', 'logSoftmax'],
]);

/** The function that an option `activation` names. */
export function activationOf(call: LayerCall): Function {
  const name = call.option('activation') ?? 'linear';
  const found = typeof name === 'string' ? ACTIVATIONS.get(name.replaceAll('_', '').toLowerCase()) : undefined;
  return found ?? call.refuse(`activation ${JSON.stringify(name)} is not supported`);
}

/** Layers that are an activation function. */
export const activationLayers = {
  Activation: (call: LayerCall) => call.activated(call.input, activationOf(call)),
  ReLU: (call: LayerCall) => {
    call.needOption('negativeSlope', 0);
    call.needOption('threshold', 0);
    const most = call.option('maxValue');
    return call.activated(
      call.input,
      most === undefined ? plain('relu') : plain('cappedRelu', call.number('maxValue', 0)),
    );
  },
  LeakyReLU: (call: LayerCall) => call.activated(call.input, plain('leakyRelu', call.number('alpha', 0.3))),
  ELU: (call: LayerCall) => call.activated(call.input, plain('elu', call.number('alpha', 1))),
  ThresholdedReLU: (call: LayerCall) => call.activated(call.input, plain('thresholdedRelu', call.number('theta', 1))),
  Softmax: (call: LayerCall) => {
    const rank = call.input.dims.length;
    const axis = call.number('axis', -1);
    if (axis !== -1 && axis !== rank) call.refuse(`axis must be the last, got ${axis}`);
    return call.activated(call.input, 'softmax');
  },
} as const;
