/** Browsers have no addon; their kernels are those of the `cpu` backend, and nothing calls this. */
export function loadOperations(): void {
  throw new Error('@winnow/ops: the native addon needs Node.js; use the backend cpu');
}
