import { checkCount, checkOneOf } from './checks.js';

/** What decides a Transformer's architecture; everything needed to make it again but its weights. */
export interface TransformerConfig {
  /** Number of token ids; ids are in [0, vocabularySize). */
  vocabularySize: number;
  /** d: width of the states between layers, even (half of the positions' numbers are sines, half cosines). */
  width: number;
  /** Width inside a feed-forward network. */
  innerWidth: number;
  /** Heads of every attention, a divisor of `width`. */
  heads: number;
  encoderLayers: number;
  decoderLayers: number;
  /** Where LayerNorm stands: behind the residual addition (as published) or before each sublayer. Default `'post'`. */
  norm: 'pre' | 'post';
  /** Default `'relu'`, as published. */
  activation: 'relu' | 'gelu';
  /** Probability in [0, 1) of dropping an element of the embeddings and of each sublayer's output in training. Default 0.1. */
  dropout: number;
  /** One matrix for source, target and logits (default), or three. */
  sharedEmbeddings: boolean;
  /** Longest sequence, in tokens. Default 512. */
  maximumLength: number;
  /** The token that fills up short sequences; never attended to, never counted in the loss. Default 0. */
  padding: number;
}

/** Published and small sizes: `{...transformerSizes.base, vocabularySize: 37_000}`. */
export const transformerSizes = {
  /** Vaswani et al. 2017, table 3: 65 million parameters with their vocabulary of 37,000. */
  base: { width: 512, innerWidth: 2048, heads: 8, encoderLayers: 6, decoderLayers: 6 },
  /** For small corpora: 7.4 million parameters without the embeddings. */
  small: { width: 256, innerWidth: 1024, heads: 4, encoderLayers: 4, decoderLayers: 4 },
} as const;

const DEFAULTS = {
  norm: 'post',
  activation: 'relu',
  dropout: 0.1,
  sharedEmbeddings: true,
  maximumLength: 512,
  padding: 0,
} as const;

/** A configuration whose defaults may be left out. */
export type TransformerShape = Omit<TransformerConfig, keyof typeof DEFAULTS> &
  Partial<Pick<TransformerConfig, keyof typeof DEFAULTS>>;

/**
 * The whole configuration, checked.
 *
 * @throws TypeError or RangeError naming the field, its range and its value
 */
export function transformerConfig(op: string, shape: TransformerShape): TransformerConfig {
  const config: TransformerConfig = {
    vocabularySize: checkCount(op, 'vocabularySize', shape.vocabularySize),
    width: checkCount(op, 'width', shape.width),
    innerWidth: checkCount(op, 'innerWidth', shape.innerWidth),
    heads: checkCount(op, 'heads', shape.heads),
    encoderLayers: checkCount(op, 'encoderLayers', shape.encoderLayers, 0),
    decoderLayers: checkCount(op, 'decoderLayers', shape.decoderLayers, 0),
    norm: checkOneOf(op, 'norm', shape.norm ?? DEFAULTS.norm, ['pre', 'post']),
    activation: checkOneOf(op, 'activation', shape.activation ?? DEFAULTS.activation, ['relu', 'gelu']),
    dropout: shape.dropout ?? DEFAULTS.dropout,
    sharedEmbeddings: shape.sharedEmbeddings ?? DEFAULTS.sharedEmbeddings,
    maximumLength: checkCount(op, 'maximumLength', shape.maximumLength ?? DEFAULTS.maximumLength),
    padding: checkCount(op, 'padding', shape.padding ?? DEFAULTS.padding, 0),
  };
  const { width, heads, dropout, padding, vocabularySize } = config;
  if (width % 2 !== 0) throw new RangeError(`${op}: width must be even, got ${width}`);
  if (width % heads !== 0) throw new RangeError(`${op}: heads must divide width ${width}, got ${heads}`);
  if (!(dropout >= 0 && dropout < 1)) throw new RangeError(`${op}: dropout must be in [0, 1), got ${dropout}`);
  if (padding >= vocabularySize) {
    throw new RangeError(`${op}: padding must be in [0, ${vocabularySize - 1}], got ${padding}`);
  }
  return config;
}
