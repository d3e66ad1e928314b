import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** One record of CIFAR's binary layout, by a function from (row, column, channel) to a byte. */
export function cifarRecord(label: number, pixel: (y: number, x: number, c: number) => number): Buffer {
  const record = Buffer.alloc(3073);
  record[0] = label;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) record[1 + c * 1024 + y * 32 + x] = pixel(y, x, c);
  }
  return record;
}

/** A tar archive of regular files. */
export function tar(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const blocks: Uint8Array[] = [];
  for (const [name, data] of files) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    // The checksum is that of a header with blanks in its place.
    header.write('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Writes an image of one colour (or one grey) as the format that the extension names. */
export async function writeImage(
  path: string,
  height: number,
  width: number,
  colour: readonly number[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const channels = colour.length as 1 | 3 | 4;
  const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => colour[i % channels]!);
  await sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .toFile(path);
}

/** Writes files into a folder. */
export async function writeAll(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
}
