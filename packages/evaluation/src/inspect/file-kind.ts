import { open } from 'node:fs/promises';

/** What `inspectFile` reads, in words. */
export const INSPECTABLE = 'a model.json that tfjs saved, its folder, or a .safetensors file';

/** How files begin that one might take for weights, and what they are. */
const BEGINNINGS: readonly (readonly [bytes: string, kind: string])[] = [
  ['\x89HDF', 'an HDF5 file, as Keras 2 writes'],
  ['PK\x03\x04', "a zip archive, as PyTorch's .pt and Keras 3's .keras files are"],
  ['\x1f\x8b', 'a gzip file'],
  ['\x80\x02', 'a Python pickle'],
  ['GGUF', 'a GGUF file'],
];

/** What a file that is no safetensors is, in words; undefined if it may be a broken safetensors file. */
export async function otherKind(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.length === 0) return 'an empty file';
    const known = BEGINNINGS.find(([bytes]) => head.toString('latin1').startsWith(bytes));
    if (known) return known[1];
    // A safetensors file begins with eight bytes of length, most of them zero.
    return head.some((byte) => byte < 9 || (byte > 13 && byte < 32)) ? undefined : 'a text file';
  } finally {
    await file.close();
  }
}
