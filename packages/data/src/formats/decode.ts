import { readFile } from 'node:fs/promises';
import { DatasetError } from '../errors.js';
import type { StreamedSplit } from '../image-split.js';

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

/** Every decoded image has three channels: grey becomes red = green = blue, transparency is dropped. */
export const DECODED_CHANNELS = 3;

async function readImage(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DatasetError('broken-file', `${path} cannot be read (${error.code ?? error.message})`);
  });
}

/** Size of an image file, read from its header. */
export async function imageSize(path: string): Promise<{ height: number; width: number }> {
  const sharp = await loadSharp();
  const { height, width } = await sharp(path)
    .metadata()
    .catch((error: Error) => {
      throw new DatasetError('broken-file', `${path} cannot be decoded: ${error.message}`);
    });
  return { height, width };
}

/**
 * Decodes an image file (JPEG, PNG, WebP, …).
 * @param fit `cover` scales the shorter side to `size` and cuts out the middle; `exact` takes the image as it is
 * @returns uint8 [height, width, 3]
 * @throws DatasetError `broken-file` if the file cannot be decoded, or has another size than an `exact` one.
 */
export async function decodeImage(
  path: string,
  size: { readonly height: number; readonly width: number },
  fit: StreamedSplit['fit'],
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  // From bytes in memory libvips is a third faster on small files than from a path.
  const image = sharp(await readImage(path), { failOn: 'error' });
  if (fit === 'cover') image.resize(size.width, size.height, { fit: 'cover', position: 'centre' });
  const { data, info } = await image
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: Error) => {
      throw new DatasetError('broken-file', `${path} cannot be decoded: ${error.message}`);
    });
  if (info.width !== size.width || info.height !== size.height) {
    throw new DatasetError(
      'broken-file',
      `${path} is ${info.width}×${info.height}, the first image is ${size.width}×${size.height}: ` +
        'give a size to bring all to one',
    );
  }
  return data;
}
