/** Sparse matrices in plain JavaScript, without the addon: also for browsers. */
export { type BlockFields, type BlockOptions, type BlockShape, BlockSparseMatrix } from './block-sparse-matrix.js';
export { checkBlocks, checkCsr, type SparseIndices } from './checks.js';
export { type CsrFields, CsrMatrix, type FromDenseOptions } from './csr-matrix.js';
export { type EllFields, EllMatrix, type FromKernelOptions } from './ell-matrix.js';
export { type NmFields, NmMatrix, type NmRatio } from './nm-matrix.js';
