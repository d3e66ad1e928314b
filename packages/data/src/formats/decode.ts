import type { Sharp } from 'sharp';
import { DatasetError } from '../errors.js';
import type { StreamedSplit } from '../image-split.js';
import { isPng, readImageFile } from './image-file.js';

/** Loaded with the first image file: who has none needs no decoder, nor the time that loading it takes. */
async function loadSharp() {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ERR_MODULE_NOT_FOUND' ? 'npm install sharp' : `it does not load: ${message}`;
    throw new DatasetError('no-decoder', `image files are decoded by the package sharp: ${reason}`, { cause });
  }
}

type SharpModule = Awaited<ReturnType<typeof loadSharp>>;
type Size = { readonly height: number; readonly width: number };

/** Every decoded image has three channels: grey becomes red = green = blue, transparency is dropped. */
export const DECODED_CHANNELS = 3;

/**
 * Size of an image file as it is looked at, that is, after the turn that its EXIF orientation asks for.
 * @throws DatasetError `broken-file` if the file is no image that can be decoded.
 */
export async function imageSize(path: string): Promise<Size> {
  const sharp = await loadSharp();
  // From bytes in memory libvips is a third faster on small files than from a path.
  const bytes = await readImageFile(path);
  const { autoOrient } = await refusing(path, async () => sharp(bytes).metadata());
  return { height: autoOrient.height, width: autoOrient.width };
}

/**
 * Decodes a JPEG or PNG file into 8-bit sRGB, upright as its EXIF orientation says. An embedded colour profile is
 * applied, and CMYK is converted by its own or a standard one. Of 16 bits the upper 8 are kept.
 * @param fit `cover` scales the shorter side to `size` and cuts out the middle; `exact` takes the image as it is
 * @returns uint8 [height, width, 3]
 * @throws DatasetError `broken-file` if the file cannot be decoded, or has another size than an `exact` one.
 */
export async function decodeImage(path: string, size: Size, fit: StreamedSplit['fit']): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const bytes = await readImageFile(path);
  const { data, info } = await refusing(path, async () => {
    // On a warning as well: it is all that a JPEG gives whose bytes were changed.
    const image = sharp(bytes, { failOn: 'warning' }).autoOrient();
    return fit === 'exact' ? opaque(image) : covering(sharp, image, bytes, size);
  });
  if (info.width !== size.width || info.height !== size.height) {
    throw new DatasetError(
      'broken-file',
      `${path} is ${info.width}×${info.height}, the first image is ${size.width}×${size.height}: ` +
        'give a size to bring all to one (--image-size; in code: size), if the data set allows it',
    );
  }
  return data;
}

function opaque(image: Sharp) {
  return image.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
}

async function covering(sharp: SharpModule, image: Sharp, bytes: Uint8Array, { height, width }: Size) {
  const resize = (from: Sharp) => opaque(from.resize(width, height, { fit: 'cover', position: 'centre' }));
  if (!isPng(bytes) || !(await image.metadata()).hasAlpha) return resize(image);
  // Resizing weighs colours by their opacity and loses those that are transparent, so transparency goes before it.
  const { data, info } = await opaque(image);
  return resize(sharp(data, { raw: { width: info.width, height: info.height, channels: DECODED_CHANNELS } }));
}

/** Names the file in whatever the decoder throws, at once or later. */
async function refusing<T>(path: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw new DatasetError('broken-file', `${path} cannot be decoded: ${reasonOf(error as Error)}`, { cause: error });
  }
}

/** The decoder's first line, unless that speaks of sharp's own options; without a colon that nothing follows. */
function reasonOf({ message }: Error): string {
  const [line = ''] = message.split('\n');
  if (/failOn/.test(line)) return 'its contents are damaged, or it ends early';
  return line.replace(/:\s*$/, '') || 'the decoder does not say why';
}
