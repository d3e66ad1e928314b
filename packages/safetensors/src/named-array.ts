/** A named array with its shape, as a safetensors file holds it: float32 or int32, row-major. */
export interface NamedArray {
  shape: number[];
  values: Float32Array | Int32Array;
}
