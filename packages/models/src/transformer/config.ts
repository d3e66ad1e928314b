import { checkCount, checkOneOf } from './checks.js';

/** The architecture of a Transformer: all that is needed to rebuild it, except the weights. */
export interface TransformerConfig {
  /** Number of token ids; ids are in [0, vocabularySize). */
  vocabularySize: number;
  /** Model width d, even, because positions are half sines and half cosines. */
  width: number;
  /** Hidden width of the feed-forward networks. */
  innerWidth: number;
  /** Attention heads, a divisor of `width`. */
  heads: number;
  encoderLayers: number;
  decoderLayers: number;
  /**
   * Position of LayerNorm: after the residual addition (`'post'`, as published) or before each sublayer. Default
   * `'post'`.
   */
  norm: 'pre' | 'post';
  /** Default `'relu'`, as published. */
  activation: 'relu' | 'gelu';
  /** Rate of dropout in training, in [0, 1), for embeddings and the output of each sublayer. Default 0.1. */
  dropout: number;
  /** Whether source, target and logits share one embedding matrix. Default true. */
  sharedEmbeddings: boolean;
  /** Maximum sequence length in tokens. Default 512. */
  maximumLength: number;
  /** Token that pads short sequences. It is never attended to and does not count in the loss. Default 0. */
  padding: number;
}

/** The keys of `TransformerConfig`. */
export const CONFIG_KEYS: readonly string[] = [
  ...['vocabularySize', 'width', 'innerWidth', 'heads', 'encoderLayers', 'decoderLayers'],
  ...['norm', 'activation', 'dropout', 'sharedEmbeddings', 'maximumLength', 'padding'],
];

/** Published and small sizes: `{...transformerSizes.base, vocabularySize: 37_000}`. */
export const transformerSizes = {
  /** Vaswani et al. 2017, table 3: 65 million parameters with the vocabulary of 37,000. */
  base: { width: 512, innerWidth: 2048, heads: 8, encoderLayers: 6, decoderLayers: 6 },
  /** For small corpora: 7.4 million parameters without embeddings. */
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

/** A configuration in which fields with defaults are optional. */
export type TransformerShape = Omit<TransformerConfig, keyof typeof DEFAULTS> &
  Partial<Pick<TransformerConfig, keyof typeof DEFAULTS>>;

/**
 * Checks a configuration and fills in the defaults.
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
