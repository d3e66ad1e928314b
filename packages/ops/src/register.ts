/** The one place where an operation enters tfjs: its kernels by backend and its gradient. */

import * as tf from '@tensorflow/tfjs';
import { sddmmGradient } from './sddmm/gradient.js';
import { sddmmCpu } from './sddmm/kernel-cpu.js';
import { sddmmTensorflow } from './sddmm/kernel-tensorflow.js';
import { spmmGradient } from './spmm/gradient.js';
import { spmmCpu } from './spmm/kernel-cpu.js';
import { spmmTensorflow } from './spmm/kernel-tensorflow.js';
import { targetedDropoutGradient } from './targeted-dropout/gradient.js';
import { targetedDropoutCpu, targetedDropoutGradCpu } from './targeted-dropout/kernel-cpu.js';
import { targetedDropoutGradTensorflow, targetedDropoutTensorflow } from './targeted-dropout/kernel-tensorflow.js';
import { topKMaskGradient } from './topk-mask/gradient.js';
import { topKMaskCpu } from './topk-mask/kernel-cpu.js';
import { topKMaskTensorflow } from './topk-mask/kernel-tensorflow.js';

/** Per operation, named as its folder in the addon: what is registered for it. */
export const operations: Record<string, { kernels: tf.KernelConfig[]; gradient?: tf.GradConfig }> = {
  sddmm: { kernels: [sddmmCpu, sddmmTensorflow], gradient: sddmmGradient },
  spmm: { kernels: [spmmCpu, spmmTensorflow], gradient: spmmGradient },
  topk_mask: { kernels: [topKMaskCpu, topKMaskTensorflow], gradient: topKMaskGradient },
  targeted_dropout: {
    kernels: [targetedDropoutCpu, targetedDropoutTensorflow, targetedDropoutGradCpu, targetedDropoutGradTensorflow],
    gradient: targetedDropoutGradient,
  },
};

for (const { kernels, gradient } of Object.values(operations)) {
  for (const kernel of kernels) {
    // A second copy of this module in one process (two versions of the package) must not stop the import.
    if (tf.getKernel(kernel.kernelName, kernel.backendName) === undefined) tf.registerKernel(kernel);
  }
  if (gradient && tf.getGradient(gradient.kernelName) === undefined) tf.registerGradient(gradient);
}
