/** The browser build, which has no native addon. Kernels run on backend `cpu`, so nothing calls this. */
export function loadOperations(): void {
  throw new Error('@winnow/ops: the native addon needs Node.js; use the backend cpu');
}
