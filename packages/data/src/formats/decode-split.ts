import type { DatasetProgress } from '../declaration.js';
import { streamedDigest } from '../digest.js';
import { DatasetError } from '../errors.js';
import { allocateSplit, type ImageSplit, type StreamedSplit } from '../image-split.js';
import { decodeImage } from './decode.js';
import { checkImageFile } from './image-file.js';
import { sideBySide } from './side-by-side.js';

/**
 * More than this is refused unless it is streamed: with the floats of batches and a network beside it, it would not
 * fit.
 */
const MEMORY_LIMIT = 4 * 2 ** 30;
/** Files that are decoded at the same time. */
const SIDE_BY_SIDE = 16;

function bytesOf({ count, height, width, channels }: StreamedSplit): number {
  return count * height * width * channels;
}

/**
 * Decodes all images of some splits into memory.
 * @throws DatasetError `too-large` if together they take over 4 GiB, `broken-file` for an image that cannot be decoded.
 */
export async function decodeSplits<Splits extends readonly StreamedSplit[]>(
  splits: Splits,
  onProgress: (event: DatasetProgress) => void = () => {},
): Promise<{ [K in keyof Splits]: ImageSplit }> {
  const bytes = splits.reduce((sum, split) => sum + bytesOf(split), 0);
  if (bytes > MEMORY_LIMIT) {
    throw new DatasetError(
      'too-large',
      `the images take ${(bytes / 2 ** 30).toFixed(1)} GiB in memory: ` +
        'load them with stream: true, as `winnow train` does, or give a smaller size (--image-size; in code: size)',
    );
  }
  const total = splits.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  const decoded: ImageSplit[] = [];
  for (const split of splits) {
    const whole = allocateSplit(split.count, split.height, split.width, split.channels);
    whole.labels.set(split.labels);
    const size = bytesOf(split) / split.count;
    await sideBySide(split.count, SIDE_BY_SIDE, async (index) => {
      whole.images.set(await decodeImage(split.files[index]!, split, split.fit), index * size);
      onProgress({ kind: 'read', done: ++done, total });
    });
    decoded.push(whole);
  }
  return decoded as { [K in keyof Splits]: ImageSplit };
}

/**
 * Looks at the beginning of every image file, so that one that is empty, not to be read or of another kind is refused
 * before any is decoded. It costs a twentieth of decoding tiny images, and next to nothing beside photographs.
 * @param streamed the images stay on disk: their digests are made on the way, so that no file is opened twice
 * @throws DatasetError `broken-file` that names the file.
 */
export async function checkSplits(
  splits: readonly StreamedSplit[],
  onProgress: (event: DatasetProgress) => void = () => {},
  streamed = false,
): Promise<void> {
  const files = splits.flatMap((split) => split.files);
  let done = 0;
  const onFile = () => onProgress({ kind: 'read', done: ++done, total: files.length });
  if (streamed) {
    for (const split of splits) await streamedDigest(split, onFile);
    return;
  }
  await sideBySide(files.length, SIDE_BY_SIDE, async (index) => {
    await checkImageFile(files[index]!);
    onFile();
  });
}

/** Every n-th image of a split, at most `limit` of them: enough for statistics. */
export function sampleOf(split: StreamedSplit, limit: number): StreamedSplit {
  const count = Math.min(limit, split.count);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * split.count) / count));
  return {
    ...split,
    count,
    files: chosen.map((index) => split.files[index]!),
    labels: Int32Array.from(chosen, (index) => split.labels[index]!),
  };
}
