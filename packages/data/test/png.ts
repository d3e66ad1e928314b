import { crc32, deflateSync } from 'node:zlib';

/** Kinds of pixels in a PNG, by their numbers in its header. */
const PNG_COLOUR = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

/** What a PNG file is made of; written by the specification, without the library that reads it. */
export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly colour: keyof typeof PNG_COLOUR;
  /** The bytes of every row. */
  readonly rows: readonly Uint8Array[];
  /** Chunks between header and pixels, such as a palette. */
  readonly before?: readonly (readonly [type: string, data: Uint8Array])[];
  /** Chunks after the pixels, such as the frames of an animation. */
  readonly after?: readonly (readonly [type: string, data: Uint8Array])[];
}

/** The bytes of a PNG file. */
export function png({ width, height, bits, colour, rows, before = [], after = [] }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, PNG_COLOUR[colour]], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...before.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', compressed(rows)),
    ...after.map(([type, data]) => chunk(type, data)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Rows as a PNG holds them: each behind the number of its filter, here none. */
export function compressed(rows: readonly Uint8Array[]): Buffer {
  return deflateSync(Buffer.concat(rows.flatMap((row) => [Buffer.of(0), row])));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
