export {
  type TransformerConfig,
  type TransformerShape,
  transformerConfig,
  transformerSizes,
} from './config.js';
export type { CrossMemory, DecoderCache } from './decoder-stack.js';
export { type BeamOptions, beamSearch, type Hypothesis } from './decoding/beam-search.js';
export { greedyDecode } from './decoding/greedy-decode.js';
export type { DecodeOptions } from './decoding/options.js';
export { TransformerEncoder } from './encoder.js';
export { TransformerLanguageModel } from './language-model.js';
export type { Memory } from './multi-head-attention.js';
export { sinusoidalPositions } from './positions.js';
export { loadTransformer, saveTransformer } from './save-model.js';
export { type SequenceLossOptions, sequenceLoss } from './sequence-loss.js';
export {
  type ApplyOptions,
  SequenceModel,
  type SequenceModelOptions,
} from './sequence-model.js';
export { Transformer } from './transformer.js';
