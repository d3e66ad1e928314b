export type { KernelSelection, SkippedKernel } from '@winnow/graph';
export {
  type AppliedTransform,
  appliedTransform,
  applyTransform,
  type TransformMetadata,
  transformOf,
  transformsWithin,
} from './apply-transform.js';
export type { ImageModelOptions } from './blocks/architecture.js';
export { checkModel } from './check-model.js';
export { countFlops, type LayerCost, layerCosts, parameterCount } from './count.js';
export { fitCallbacks } from './fit-callbacks.js';
export {
  chooseKernels,
  type KernelHost,
  type KernelLayer,
  type LayerVariable,
  type ModelKernel,
  modelKernels,
  type SelectedModelKernels,
  selectKernels,
} from './kernel-layers.js';
export { asLayerHas, unitsLast } from './kernel-layout.js';
export { lenet5 } from './lenet/lenet5.js';
export { lenet300, type MlpOptions, mlp } from './lenet/mlp.js';
export { loadModel } from './load-model.js';
export { MethodAtWork, type PathKernel } from './method-at-work.js';
export type { AppliedVariable } from './own-variables.js';
export { type CifarResNetOptions, cifarResNet } from './resnet/cifar.js';
export { type ImagenetResNetOptions, imagenetResNet } from './resnet/imagenet.js';
export { type ResNetOptions, resnet } from './resnet/preactivation.js';
export { type WideResNetOptions, wideResNet } from './resnet/wide.js';
export { type SeededDropout, seedDropout, seededDropout } from './seeded-dropout.js';
export { type KernelSparsity, type SparsitySummary, sparsitySummary } from './sparsity-summary.js';
export { TrainingStep } from './training-step.js';
export * from './transformer/index.js';
export { type Vgg16Options, vgg16 } from './vgg/vgg16.js';
export { exportWeights } from './weights/export-weights.js';
export { type ImportOptions, importWeights, type WeightsSource } from './weights/import-weights.js';
export {
  type FeatureOrder,
  type NameMap,
  namesInOrder,
  type PytorchModule,
  type PytorchNamesOptions,
  pytorchNames,
  type StoredTensor,
  sameNames,
  type VariableKind,
} from './weights/name-map.js';
export { type NamedVariable, namedVariables, type WeightsTarget } from './weights/named-variables.js';
export {
  pytorchCifarResNet,
  pytorchWideResNet,
  torchvisionResNet,
  torchvisionVgg16,
} from './weights/published-names.js';
export type { Layout } from './weights/stored-form.js';
export { type WeightFaults, WeightsError } from './weights/weights-error.js';
export { type WritableVariable, writeVariable } from './write-variable.js';
