export {
  type AppliedTransform,
  appliedTransform,
  applyTransform,
  type TransformMetadata,
} from './apply-transform.js';
export type { ImageModelOptions } from './blocks/architecture.js';
export { countFlops, type LayerCost, layerCosts, parameterCount } from './count.js';
export { type KernelSelection, type ModelKernel, modelKernels, selectKernels } from './kernel-layers.js';
export { loadModel } from './load-model.js';
export type { AppliedVariable } from './own-variables.js';
export { type ResNetOptions, resnet } from './resnet/preactivation.js';
export { type WideResNetOptions, wideResNet } from './resnet/wide.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedArray,
  readSafetensors,
  type Safetensors,
  writeSafetensors,
} from './safetensors/index.js';
export { TrainingStep } from './training-step.js';
