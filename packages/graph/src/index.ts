export type { Edge, Graph, GraphLayer, GraphNode, InnerNodes, ModelCall, Weight } from './graph.js';
export { type GraphOptions, graphOf } from './graph-of.js';
export { AFFINE_LAYERS, type LayerKind, STOCK_LAYERS, type WeightRole } from './kinds.js';
export type {
  CallLike,
  LayerLike,
  ModelLike,
  Shape,
  SymbolicTensorLike,
  TensorLike,
  VariableLike,
} from './layers-model.js';
export { type Costs, countFlops, type LayerCost, layerCosts, type Uncounted } from './passes/costs.js';
export { featureOrders, type LayerFeatures } from './passes/feature-order/feature-orders.js';
export type { Axes, Features } from './passes/feature-order/features.js';
export type { Order } from './passes/feature-order/order.js';
export { axesOf } from './passes/feature-order/rules.js';
export { fuseBatchNorm } from './passes/fuse-batch-norm.js';
export { fuseBiasActivation } from './passes/fuse-bias-activation.js';
export type { BatchNormFusion, BiasActivationFusion, Fusion, NodeInput } from './passes/fusion.js';
export { type CustomKernels, type GraphKernel, type KernelLayout, kernels } from './passes/kernels.js';
export { chooseKernels, type SelectedKernels, type SkippedKernel, selectKernels } from './passes/select-kernels.js';
export { type KernelSelection, selectPaths } from './passes/select-paths.js';
export { allNodes, isSameEdge, type NodeRuns, type Reader, Wiring } from './wiring.js';
export { type KernelZeros, kernelZeros, type StoredLayout } from './zeros.js';
