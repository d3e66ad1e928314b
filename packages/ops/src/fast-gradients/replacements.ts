import { useFastColumnSums } from './column-sums.js';
import { useFastCrossEntropyLoss } from './cross-entropy-loss.js';
import { useFastGelu } from './gelu-activation.js';
import { useFastLayerNormalization } from './layer-norm-layer.js';

/** What `useFastGradients` replaces besides BatchNorm and ReLU. Each returns a function that puts stock tfjs back. */
export const replacements: readonly (() => () => void)[] = [
  useFastColumnSums,
  useFastCrossEntropyLoss,
  useFastLayerNormalization,
  useFastGelu,
];
