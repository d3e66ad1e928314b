export {
  type AppliedTransform,
  appliedTransform,
  applyTransform,
  type TransformMetadata,
} from './apply-transform.js';
export { type KernelSelection, type ModelKernel, modelKernels, selectKernels } from './kernel-layers.js';
export { loadModel } from './load-model.js';
export type { AppliedVariable } from './own-variables.js';
export { type ResNetOptions, resnet } from './resnet.js';
export { TrainingStep } from './training-step.js';
