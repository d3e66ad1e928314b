import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { batches, loadDataset, openClassFolders } from '../src/index.js';
import { compressed, png } from './png.js';

type Size = { height: number; width: number };

/** The pixels that a file becomes, in memory; those of the stream are compared with them. */
async function decoded(bytes: Uint8Array, name = 'x.png', size?: Size): Promise<{ pixels: number[] } & Size> {
  const directory = temporaryFolder();
  for (const part of ['train', 'test']) {
    const path = join(directory, part, 'a', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  const options = { directory, onProgress: () => {}, ...(size && { size }) };
  const { train } = await loadDataset('image-folders', options);
  const streamed = await loadDataset('image-folders', { ...options, stream: true });
  for await (const { images, shape } of batches(streamed.train, { batchSize: 1 })) {
    expect(shape).toEqual([1, train.height, train.width, 3]);
    expect([...images].map((value) => Math.round(value * 255))).toEqual([...train.images]);
  }
  return { pixels: [...train.images], height: train.height, width: train.width };
}

const [red, green, blue, white, black, grey] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
  [119, 119, 119],
] as const;

/** 2 rows of 3 pixels, no two alike, so that every turn and mirror image is another. */
const UPRIGHT = [
  [red, green, blue],
  [white, black, grey],
] as const;
type Picture = readonly (readonly (readonly number[])[])[];

const transposed = (picture: Picture): Picture => picture[0]!.map((_, x) => picture.map((row) => row[x]!));
const mirrored = (picture: Picture): Picture => picture.map((row) => [...row].reverse());
const flipped = (picture: Picture): Picture => [...picture].reverse();

/** How an upright picture is stored under each EXIF orientation, by the definitions of the standard. */
const STORED: readonly (readonly [orientation: number, (picture: Picture) => Picture])[] = [
  [1, (picture) => picture],
  [2, mirrored],
  [3, (picture) => mirrored(flipped(picture))],
  [4, flipped],
  [5, transposed],
  // The first row of what is stored is the right side of the picture, the first column its top.
  [6, (picture) => flipped(transposed(picture))],
  [7, (picture) => mirrored(flipped(transposed(picture)))],
  [8, (picture) => mirrored(transposed(picture))],
];

/** A TIFF header with the orientation alone, as EXIF holds it. */
function exif(orientation: number): Buffer {
  const entry = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  entry.writeUInt16BE(orientation, 18);
  return entry;
}

/** A JPEG with an EXIF segment right behind its beginning. */
function withExif(jpeg: Buffer, orientation: number): Buffer {
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif(orientation)]);
  const marker = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]);
}

/** Each pixel becomes a square of 8, so that JPEG keeps its colour. */
const enlarged = (picture: Picture): Picture =>
  picture.flatMap((row) => Array.from({ length: 8 }, () => row.flatMap((pixel) => Array(8).fill(pixel))));
const bytesOf = (picture: Picture) => Buffer.from(picture.flat(2));

async function jpegOf(picture: Picture): Promise<Buffer> {
  const raw = { width: picture[0]!.length, height: picture.length, channels: 3 } as const;
  return sharp(bytesOf(picture), { raw }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** Greatest difference of two lists of the same length. */
function difference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

describe('EXIF orientation', () => {
  it.each(STORED)('%i of a JPEG is undone', async (orientation, stored) => {
    const jpeg = withExif(await jpegOf(enlarged(stored(UPRIGHT))), orientation);
    const { pixels, height, width } = await decoded(jpeg, 'x.jpg');
    expect([height, width]).toEqual([16, 24]);
    expect(difference(pixels, [...bytesOf(enlarged(UPRIGHT))])).toBeLessThan(6);
  });

  it.each(STORED)('%i of a PNG is undone, before it is brought to a size', async (orientation, stored) => {
    const picture = enlarged(stored(UPRIGHT));
    const file = png({
      ...{ width: picture[0]!.length, height: picture.length, bits: 8, colour: 'rgb' },
      rows: picture.map((row) => Buffer.from(row.flat())),
      before: [['eXIf', exif(orientation)]],
    });
    const { pixels } = await decoded(file);
    expect(pixels).toEqual([...bytesOf(enlarged(UPRIGHT))]);
    // The middle square of 16 × 24: half of the left column, all of the middle one.
    const square = await decoded(file, 'x.png', { height: 16, width: 16 });
    expect(square.pixels.slice(0, 3)).toEqual([...red]);
    expect(square.pixels.slice(8 * 3, 9 * 3)).toEqual([...green]);
  });
});

describe('kinds of pixels', () => {
  it.each([
    ['white', white, white, 2],
    ['black', black, black, 12],
    ['red', red, [232, 0, 0], 25],
  ] as const)('CMYK becomes sRGB: %s', async (_name, colour, wanted, tolerance) => {
    const flat = Array.from({ length: 16 }, () => Array(16).fill(colour));
    const raw = { width: 16, height: 16, channels: 3 } as const;
    const file = await sharp(bytesOf(flat), { raw }).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    const { pixels } = await decoded(file, 'x.jpg');
    expect(difference(pixels.slice(0, 3), wanted)).toBeLessThanOrEqual(tolerance);
  });

  it('an embedded colour profile is applied', async () => {
    const orange = [200, 100, 50];
    const flat = bytesOf(Array.from({ length: 4 }, () => Array(4).fill(orange)));
    const raw = { width: 4, height: 4, channels: 3 } as const;
    const file = await sharp(flat, { raw }).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    expect(difference([...stored.subarray(0, 3)], orange)).toBeGreaterThan(10);
    expect(difference((await decoded(file)).pixels.slice(0, 3), orange)).toBeLessThanOrEqual(2);
  });

  it('a profile that is broken is passed over, as the pixels are whole', async () => {
    const profile = Buffer.concat([Buffer.from('x\0\0', 'latin1'), deflateSync(Buffer.from('no profile'))]);
    const parts = { width: 1, height: 1, bits: 8, colour: 'rgb', rows: [Buffer.from(blue)] } as const;
    expect((await decoded(png({ ...parts, before: [['iCCP', profile]] }))).pixels).toEqual([...blue]);
  });

  it('of 16 bits the upper eight are kept, grey and colour', async () => {
    const words = [0x0000, 0x00ff, 0x1234, 0x80ff, 0xfffe, 0xffff];
    const row = Buffer.alloc(12);
    words.forEach((word, i) => {
      row.writeUInt16BE(word, i * 2);
    });
    const size = { height: 1, bits: 16, rows: [row] };
    const upper = [0x00, 0x00, 0x12, 0x80, 0xff, 0xff];
    expect((await decoded(png({ ...size, width: 2, colour: 'rgb' }))).pixels).toEqual(upper);
    const greys = (await decoded(png({ ...size, width: 6, colour: 'grey' }))).pixels;
    expect(greys).toEqual(upper.flatMap((value) => [value, value, value]));
  });

  it('grey of one bit is black and white', async () => {
    const file = png({ width: 4, height: 1, bits: 1, colour: 'grey', rows: [Buffer.of(0b01010000)] });
    expect((await decoded(file)).pixels).toEqual([black, white, black, white].flat());
  });

  it('a palette is looked up, whether or not some of it is transparent', async () => {
    const parts = { width: 4, height: 1, bits: 4, colour: 'palette', rows: [Buffer.of(0x02, 0x13)] } as const;
    const palette = ['PLTE', Buffer.from([red, green, blue, grey].flat())] as const;
    const wanted = [red, blue, green, grey].flat();
    expect((await decoded(png({ ...parts, before: [palette] }))).pixels).toEqual(wanted);
    const transparency = ['tRNS', Buffer.of(0, 128)] as const;
    expect((await decoded(png({ ...parts, before: [palette, transparency] }))).pixels).toEqual(wanted);
  });

  it('transparency is dropped and leaves the colours below it, also when the size changes', async () => {
    const half = Buffer.from(Array.from({ length: 8 }, (_, x) => [200, 100, 50, x < 4 ? 0 : 255]).flat());
    const file = png({ width: 8, height: 8, bits: 8, colour: 'rgba', rows: Array(8).fill(half) });
    expect(new Set((await decoded(file)).pixels)).toEqual(new Set([200, 100, 50]));
    const small = await decoded(file, 'x.png', { height: 4, width: 4 });
    expect(small.pixels).toEqual(Array(16).fill([200, 100, 50]).flat());
    const greyRow = Buffer.from(Array.from({ length: 8 }, (_, x) => [77, x * 30]).flat());
    const greys = png({ width: 8, height: 8, bits: 8, colour: 'greyAlpha', rows: Array(8).fill(greyRow) });
    expect(new Set((await decoded(greys)).pixels)).toEqual(new Set([77]));
  });

  it('an animated PNG is its first picture', async () => {
    const control = Buffer.alloc(8);
    control.writeUInt32BE(2, 0);
    const frame = (sequence: number) => {
      const data = Buffer.alloc(26);
      [sequence, 1, 1].forEach((value, i) => {
        data.writeUInt32BE(value, i * 4);
      });
      return data;
    };
    const second = Buffer.concat([Buffer.of(0, 0, 0, 2), compressed([Buffer.from(green)])]);
    const file = png({
      ...{ width: 1, height: 1, bits: 8, colour: 'rgb', rows: [Buffer.from(red)] },
      before: [
        ['acTL', control],
        ['fcTL', frame(0)],
      ],
      after: [
        ['fcTL', frame(1)],
        ['fdAT', second],
      ],
    });
    expect((await decoded(file)).pixels).toEqual([...red]);
  });

  it('a PNG under a JPEG’s name is what its bytes say, and the other way round', async () => {
    const file = png({ width: 1, height: 1, bits: 8, colour: 'rgb', rows: [Buffer.from(blue)] });
    expect((await decoded(file, 'x.JPEG')).pixels).toEqual([...blue]);
    const grey119 = await jpegOf(enlarged([[grey]]));
    expect(new Set((await decoded(grey119, 'x.PNG')).pixels)).toEqual(new Set([119]));
  });
});

it('names of files and classes may be long, and in any script', async () => {
  const directory = temporaryFolder();
  const pixel = png({ width: 1, height: 1, bits: 8, colour: 'rgb', rows: [Buffer.from(red)] });
  // The same letter, composed as Linux writes it and decomposed as some Macs do.
  const [composed, decomposed] = ['Bär', 'Ba\u0308r'];
  const long = `${'長い名前'.repeat(20)}.png`;
  for (const folder of [`train/${composed}/${long}`, 'train/猫/🐈 #1 %20.PNG', `test/${decomposed}/x.png`]) {
    await mkdir(dirname(join(directory, folder)), { recursive: true });
    await writeFile(join(directory, folder), pixel);
  }
  const { classes, test, leftOut } = await openClassFolders(directory);
  expect(classes).toEqual([composed, '猫']);
  expect([...test.labels]).toEqual([0]);
  expect(leftOut).toEqual([
    { path: join(directory, 'test', '猫'), reason: 'no such folder: a class without test images' },
  ]);
  const { train } = await loadDataset('image-folders', { directory, onProgress: () => {} });
  expect([...train.images]).toEqual([...red, ...red]);
});
