import type { ExampleShape, NETWORK_ACTIVATION_CODE, NETWORK_OP_CODE } from '@winnow/native';

/** What is applied to each result of a node. */
export interface ActivationCall {
  readonly kind: keyof typeof NETWORK_ACTIVATION_CODE;
  /** The bound of a capped ReLU, the slope or factor below 0, the threshold. */
  readonly alpha: number;
}

export const NO_ACTIVATION: ActivationCall = { kind: 'none', alpha: 0 };

/** A window that moves over images. */
export interface Window {
  readonly kernel: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  /** Rows above and below, columns left and right. */
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
  readonly dilations: readonly [height: number, width: number];
}

/** A dense or convolution layer. */
export interface Convolution {
  readonly groups: number;
  /** Channels of the input divided by the groups. */
  readonly groupInputs: number;
  readonly outputs: number;
  /** [height, width, groupInputs, outputs] */
  readonly weights: Float32Array;
  /** [outputs] */
  readonly bias?: Float32Array;
  /** A value that is added before the activation. */
  readonly residual?: Node;
}

/** One operation, as the native plan has it, and its result. Passes make new ones and change none. */
export interface Node {
  /** The layer that it comes from, for messages. */
  readonly path: string;
  readonly op: keyof typeof NETWORK_OP_CODE;
  readonly inputs: readonly Node[];
  readonly activation: ActivationCall;
  /** As the model has it, without the batch. */
  readonly dims: readonly number[];
  readonly window?: Window;
  /** Of `zeroPad`: channels of zeros before and behind. */
  readonly channelPadding?: readonly [before: number, behind: number];
  readonly convolution?: Convolution;
  /** Of `scaleShift`, one number a channel. */
  readonly scale?: Float32Array;
  readonly shift?: Float32Array;
}

/** A network: its nodes in an order in which they can run, `input` and `output` nodes among them. */
export type Network = readonly Node[];

/** How the native plan sees dims: [channels], [length, channels] or [height, width, channels]. */
export function exampleShape(dims: readonly number[]): ExampleShape {
  const [channels = 1, width = 1, height = 1] = [...dims].reverse();
  return { height, width, channels };
}
