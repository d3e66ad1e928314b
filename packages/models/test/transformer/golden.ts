import { readFileSync } from 'node:fs';
import { tf } from '@winnow/tensorflow';

/** The tensors of a golden file by name. */
export function readGolden(name: string): Map<string, tf.Tensor> {
  const bytes = readFileSync(new URL(`golden/${name}.safetensors`, import.meta.url));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: 'F32' | 'I32'; shape: number[]; data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        key,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const buffer = new Uint8Array(bytes.subarray(8 + length + begin, 8 + length + end)).buffer;
        return dtype === 'F32'
          ? [key, tf.tensor(new Float32Array(buffer), shape, 'float32')]
          : [key, tf.tensor(new Int32Array(buffer), shape, 'int32')];
      },
    ),
  );
}

/** The largest difference of two tensors' elements. */
export function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number);
}
