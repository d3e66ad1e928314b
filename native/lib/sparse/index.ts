/** Sparse matrices in plain JavaScript, without the addon: also for browsers. */
export { checkCsr, type SparseIndices } from './checks.js';
export { type CsrFields, CsrMatrix, type FromDenseOptions } from './csr-matrix.js';
export { type EllFields, EllMatrix, type FromKernelOptions } from './ell-matrix.js';
