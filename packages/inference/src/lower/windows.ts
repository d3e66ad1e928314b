import type { Window } from '../network.js';
import type { LayerCall } from './layer-call.js';

/** A window's place along one axis: how many there are, and the padding before and behind. */
interface Axis {
  readonly count: number;
  readonly before: number;
  readonly behind: number;
}

/** As TensorFlow pads: `'same'` gives ⌈size / stride⌉ places, the odd pixel of padding behind. */
function axis(size: number, kernel: number, stride: number, dilation: number, padding: string): Axis {
  const span = (kernel - 1) * dilation + 1;
  if (padding === 'valid') return { count: Math.ceil((size - span + 1) / stride), before: 0, behind: 0 };
  const count = Math.ceil(size / stride);
  const total = Math.max(0, (count - 1) * stride + span - size);
  return { count, before: Math.floor(total / 2), behind: Math.ceil(total / 2) };
}

/** A layer's window over its input of [length, channels] or [height, width, channels], and what comes out. */
export function windowOf(
  call: LayerCall,
  kernel: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number],
): { window: Window; places: readonly number[] } {
  const { dims } = call.input;
  const [width = 1, height = 1] = dims.slice(0, -1).reverse();
  const padding = call.option('padding') ?? 'valid';
  const isOneDimensional = dims.length === 2;
  if (padding !== 'valid' && padding !== 'same') {
    call.refuse(`padding must be 'valid' or 'same', got ${JSON.stringify(padding)}`);
  }
  const rows = axis(height, kernel[0], strides[0], dilations[0], isOneDimensional ? 'valid' : padding);
  const columns = axis(width, kernel[1], strides[1], dilations[1], padding);
  if (rows.count < 1 || columns.count < 1) {
    call.refuse(`a window of [${kernel}] does not fit its input [${dims}]`);
  }
  return {
    window: { kernel, strides, dilations, padding: [rows.before, rows.behind, columns.before, columns.behind] },
    places: isOneDimensional ? [columns.count] : [rows.count, columns.count],
  };
}
