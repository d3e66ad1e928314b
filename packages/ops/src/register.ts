/** Registers the operations with tfjs: their kernels per backend and their gradients. */

import * as tf from '@tensorflow/tfjs';
import { attentionGradient } from './attention/gradient.js';
import { attentionCpu, attentionGradCpu } from './attention/kernel-cpu.js';
import { attentionGradTensorflow, attentionTensorflow } from './attention/kernel-tensorflow.js';
import { batchNormGradient } from './batch-norm/gradient.js';
import { batchNormCpu, batchNormGradCpu } from './batch-norm/kernel-cpu.js';
import { batchNormGradTensorflow, batchNormTensorflow } from './batch-norm/kernel-tensorflow.js';
import { biasActivationGradients } from './bias-activation/gradient.js';
import { biasActivationCpu, biasActivationGradCpu, columnSumsCpu } from './bias-activation/kernel-cpu.js';
import {
  biasActivationGradTensorflow,
  biasActivationTensorflow,
  columnSumsTensorflow,
} from './bias-activation/kernel-tensorflow.js';
import { conv2dGradient } from './conv2d/gradient.js';
import { conv2dCpu, conv2dFilterGradCpu, conv2dInputGradCpu, conv2dKeptFilterGradCpu } from './conv2d/kernel-cpu.js';
import {
  conv2dFilterGradTensorflow,
  conv2dInputGradTensorflow,
  conv2dKeptFilterGradTensorflow,
  conv2dTensorflow,
} from './conv2d/kernel-tensorflow.js';
import { layerNormGradient } from './layer-norm/gradient.js';
import { layerNormCpu, layerNormGradCpu } from './layer-norm/kernel-cpu.js';
import { layerNormGradTensorflow, layerNormTensorflow } from './layer-norm/kernel-tensorflow.js';
import { adamStepCpu, sgdStepCpu } from './optimizers/kernel-cpu.js';
import { adamStepTensorflow, sgdStepTensorflow } from './optimizers/kernel-tensorflow.js';
import { randomNormalCpu, randomUniformCpu } from './random/kernel-cpu.js';
import { randomNormalTensorflow, randomUniformTensorflow } from './random/kernel-tensorflow.js';
import { rankMaskGradient } from './rank-mask/gradient.js';
import { rankMaskCpu } from './rank-mask/kernel-cpu.js';
import { rankMaskTensorflow } from './rank-mask/kernel-tensorflow.js';
import { sddmmGradient } from './sddmm/gradient.js';
import { sddmmCpu } from './sddmm/kernel-cpu.js';
import { sddmmTensorflow } from './sddmm/kernel-tensorflow.js';
import { softmaxCrossEntropyGradient } from './softmax-cross-entropy/gradient.js';
import { softmaxCrossEntropyCpu, softmaxCrossEntropyGradCpu } from './softmax-cross-entropy/kernel-cpu.js';
import {
  softmaxCrossEntropyGradTensorflow,
  softmaxCrossEntropyTensorflow,
} from './softmax-cross-entropy/kernel-tensorflow.js';
import { spmmGradient } from './spmm/gradient.js';
import { spmmCpu } from './spmm/kernel-cpu.js';
import { spmmTensorflow } from './spmm/kernel-tensorflow.js';
import { targetedDropoutGradient } from './targeted-dropout/gradient.js';
import { targetedDropoutCpu, targetedDropoutGradCpu } from './targeted-dropout/kernel-cpu.js';
import { targetedDropoutGradTensorflow, targetedDropoutTensorflow } from './targeted-dropout/kernel-tensorflow.js';
import { targetedDropoutAllGradient } from './targeted-dropout-all/gradient.js';
import { targetedDropoutAllCpu, targetedDropoutAllGradCpu } from './targeted-dropout-all/kernel-cpu.js';
import {
  targetedDropoutAllGradTensorflow,
  targetedDropoutAllTensorflow,
} from './targeted-dropout-all/kernel-tensorflow.js';
import { topKMaskGradient } from './topk-mask/gradient.js';
import { topKMaskCpu } from './topk-mask/kernel-cpu.js';
import { topKMaskTensorflow } from './topk-mask/kernel-tensorflow.js';

/** What to register for each operation, by its folder name in the addon. */
export const operations: Record<string, { kernels: tf.KernelConfig[]; gradients: tf.GradConfig[] }> = {
  attention: {
    kernels: [attentionCpu, attentionTensorflow, attentionGradCpu, attentionGradTensorflow],
    gradients: [attentionGradient],
  },
  batch_norm: {
    kernels: [batchNormCpu, batchNormTensorflow, batchNormGradCpu, batchNormGradTensorflow],
    gradients: [batchNormGradient],
  },
  conv2d: {
    kernels: [
      conv2dCpu,
      conv2dTensorflow,
      conv2dInputGradCpu,
      conv2dInputGradTensorflow,
      conv2dFilterGradCpu,
      conv2dFilterGradTensorflow,
      conv2dKeptFilterGradCpu,
      conv2dKeptFilterGradTensorflow,
    ],
    gradients: [conv2dGradient],
  },
  bias_activation: {
    kernels: [
      ...biasActivationCpu,
      ...biasActivationTensorflow,
      biasActivationGradCpu,
      biasActivationGradTensorflow,
      columnSumsCpu,
      columnSumsTensorflow,
    ],
    gradients: biasActivationGradients,
  },
  layer_norm: {
    kernels: [layerNormCpu, layerNormTensorflow, layerNormGradCpu, layerNormGradTensorflow],
    gradients: [layerNormGradient],
  },
  softmax_cross_entropy: {
    kernels: [
      softmaxCrossEntropyCpu,
      softmaxCrossEntropyTensorflow,
      softmaxCrossEntropyGradCpu,
      softmaxCrossEntropyGradTensorflow,
    ],
    gradients: [softmaxCrossEntropyGradient],
  },
  // useFastGradients registers its kernel, on TensorFlow alone.
  masked_linear: { kernels: [], gradients: [] },
  optimizer_step: {
    kernels: [sgdStepCpu, sgdStepTensorflow, adamStepCpu, adamStepTensorflow],
    gradients: [],
  },
  rank_mask: { kernels: [rankMaskCpu, rankMaskTensorflow], gradients: [rankMaskGradient] },
  topk_mask: { kernels: [topKMaskCpu, topKMaskTensorflow], gradients: [topKMaskGradient] },
  sddmm: { kernels: [sddmmCpu, sddmmTensorflow], gradients: [sddmmGradient] },
  spmm: { kernels: [spmmCpu, spmmTensorflow], gradients: [spmmGradient] },
  targeted_dropout: {
    kernels: [
      targetedDropoutCpu,
      targetedDropoutTensorflow,
      targetedDropoutGradCpu,
      targetedDropoutGradTensorflow,
      targetedDropoutAllCpu,
      targetedDropoutAllTensorflow,
      targetedDropoutAllGradCpu,
      targetedDropoutAllGradTensorflow,
    ],
    gradients: [targetedDropoutGradient, targetedDropoutAllGradient],
  },
};

/** Kernels of operations that TensorFlow itself has. They have no gradient. */
const random = {
  kernels: [randomNormalCpu, randomNormalTensorflow, randomUniformCpu, randomUniformTensorflow],
  gradients: [],
};

for (const { kernels, gradients } of [...Object.values(operations), random]) {
  for (const kernel of kernels) {
    // Two copies of this module in one process (two versions of the package) must not make the import fail.
    if (tf.getKernel(kernel.kernelName, kernel.backendName) === undefined) tf.registerKernel(kernel);
  }
  for (const gradient of gradients) {
    if (tf.getGradient(gradient.kernelName) === undefined) tf.registerGradient(gradient);
  }
}
