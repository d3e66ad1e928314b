import { readFileSync } from 'node:fs';
import { philox4x32 } from '@winnow/ops/philox';
import { describe, expect, it } from 'vitest';
import { placements } from '../src/batches/augment.js';
import { planBatches } from '../src/batches/plan.js';
import {
  allocateSplit,
  type BatchOptions,
  batches,
  batchesSync,
  channelStatistics,
  epochOrder,
  type ImageSplit,
  makeSynthetic,
  type Standardisation,
} from '../src/index.js';
import { formulaBytes } from './tiny-set.js';

interface PhiloxAnswer {
  counter: [number, number, number, number];
  key: [number, number];
  words: number[];
}

interface GoldenCase {
  name: string;
  shape: [number, number, number, number];
  seed: number;
  epoch: number;
  batchSize: number;
  pad: number;
  crop: [number, number];
  flip: boolean;
  standardise: Standardisation;
  mean: number[] | null;
  std: number[] | null;
  order: number[];
  chosen: number[];
  placements: [number, number, boolean][];
  images: number[];
}

const golden = JSON.parse(readFileSync(new URL('./golden/batches.json', import.meta.url), 'utf8'));

function formulaSplit(shape: [number, number, number, number]): ImageSplit {
  const split = allocateSplit(...shape);
  split.images.set(formulaBytes(split.images.length));
  split.labels.set(Array.from({ length: split.count }, (_, i) => i));
  return split;
}

describe('golden numbers from NumPy', () => {
  it.each<PhiloxAnswer>(golden.philox)('Philox of $counter', ({ counter, key, words }) => {
    const out = new Uint32Array(4);
    philox4x32(out, counter, key);
    expect([...out]).toEqual(words);
  });

  it.each<GoldenCase>(golden.cases)('$name', (wanted) => {
    const split = formulaSplit(wanted.shape);
    const options: BatchOptions = {
      batchSize: wanted.batchSize,
      seed: wanted.seed,
      epoch: wanted.epoch,
      shuffle: true,
      start: 1,
      limit: 1,
      augment: {
        pad: wanted.pad,
        crop: { height: wanted.crop[0], width: wanted.crop[1] },
        flip: wanted.flip,
        standardise: wanted.standardise,
        ...(wanted.mean && wanted.std ? { statistics: { mean: wanted.mean, std: wanted.std } } : {}),
      },
    };
    const plan = planBatches(split, options);
    expect([...plan.order]).toEqual(wanted.order);
    const place = placements(plan, split);
    expect(wanted.chosen.map(place)).toEqual(
      wanted.placements.map(([top, left, mirrored]) => ({ top, left, mirrored })),
    );
    const [batch, ...more] = batchesSync(split, options);
    expect(more).toEqual([]);
    expect(batch!.index).toBe(1);
    expect([...batch!.labels]).toEqual(wanted.chosen);
    expect(batch!.shape).toEqual([wanted.chosen.length, ...wanted.crop, wanted.shape[3]]);
    expect(batch!.images).toHaveLength(wanted.images.length);
    batch!.images.forEach((value, i) => {
      // One unit in the last place of a float: NumPy adds in another order.
      expect(Math.abs(value - wanted.images[i]!)).toBeLessThanOrEqual(2e-7 * Math.max(1, Math.abs(wanted.images[i]!)));
    });
  });

  it('statistics of channels', () => {
    const { mean, std } = channelStatistics(formulaSplit(golden.statistics.shape));
    for (const c of [0, 1, 2]) {
      expect(mean[c]).toBeCloseTo(golden.statistics.mean[c], 12);
      expect(std[c]).toBeCloseTo(golden.statistics.std[c], 12);
    }
  });
});

describe('order', () => {
  it('is a permutation, another for every seed and epoch', () => {
    const order = (seed: number, epoch: number) => epochOrder(1000, { shuffle: true, seed, epoch });
    expect([...order(1, 2)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(order(1, 2)).toEqual(order(1, 2));
    expect(order(1, 2)).not.toEqual(order(1, 3));
    expect(order(1, 2)).not.toEqual(order(2, 2));
    expect(order(1, 2)).not.toEqual(order(1 + 2 ** 32, 2));
  });

  it('puts every image at every place equally often', () => {
    const counts = new Float64Array(25);
    const trials = 4000;
    for (let seed = 0; seed < trials; seed++) {
      for (const [place, image] of epochOrder(5, { shuffle: true, seed, epoch: 0 }).entries())
        counts[place * 5 + image]!++;
    }
    const sigma = Math.sqrt(trials * 0.2 * 0.8);
    for (const count of counts) expect(Math.abs(count - trials / 5)).toBeLessThan(4 * sigma);
  });

  it('exists for 0 and 1 images', () => {
    expect([...epochOrder(0, { shuffle: true, seed: 0, epoch: 0 })]).toEqual([]);
    expect([...epochOrder(1, { shuffle: true, seed: 0, epoch: 0 })]).toEqual([0]);
    expect([...batchesSync(allocateSplit(0, 2, 2, 1), { batchSize: 3 })]).toEqual([]);
  });
});

describe('batches', () => {
  const split = formulaSplit([22, 5, 4, 3]);
  const options: BatchOptions = {
    batchSize: 4,
    seed: 9,
    epoch: 3,
    shuffle: true,
    augment: { pad: 1, flip: true, standardise: 'per-image' },
  };

  it('are bytes divided by 255 by default, in order', () => {
    const [first] = batchesSync(split, { batchSize: 22 });
    expect([...first!.images]).toEqual([...split.images].map((byte) => Math.fround(byte / 255)));
    expect(first!.labels).toEqual(split.labels);
  });

  it('cover every image once, the last one smaller unless it is dropped', () => {
    const all = [...batchesSync(split, options)];
    expect(all.map(({ size }) => size)).toEqual([4, 4, 4, 4, 4, 2]);
    expect(all.flatMap(({ labels }) => [...labels]).sort((a, b) => a - b)).toEqual([...split.labels]);
    expect([...batchesSync(split, { ...options, dropRemainder: true })].map(({ size }) => size)).toEqual([
      4, 4, 4, 4, 4,
    ]);
    expect([...batchesSync(split, { ...options, limit: 2 })]).toEqual(all.slice(0, 2));
    expect([...batchesSync(split, { ...options, limit: 0 })]).toEqual([]);
  });

  it('go on from any batch as if never interrupted', () => {
    const all = [...batchesSync(split, options)];
    for (let start = 0; start <= all.length; start++) {
      expect([...batchesSync(split, { ...options, start })]).toEqual(all.slice(start));
    }
  });

  it('change an image the same way whatever batch it is in', () => {
    const bySize = [1, 3, 22].map((batchSize) => {
      const images = new Map<number, number[]>();
      for (const batch of batchesSync(split, { ...options, batchSize, shuffle: batchSize !== 3 })) {
        for (const [i, label] of batch.labels.entries()) {
          images.set(label, [...batch.images.subarray(i * 60, (i + 1) * 60)]);
        }
      }
      return images;
    });
    for (let image = 0; image < split.count; image++) {
      expect(bySize[1]!.get(image)).toEqual(bySize[0]!.get(image));
      expect(bySize[2]!.get(image)).toEqual(bySize[0]!.get(image));
    }
  });

  it('differ between epochs', () => {
    const images = (epoch: number) =>
      [...batchesSync(split, { ...options, shuffle: false, epoch, limit: 1 })][0]!.images;
    expect(images(0)).not.toEqual(images(1));
  });

  it('use every place and both sides about equally often', () => {
    const plan = planBatches(formulaSplit([1, 5, 4, 3]), { batchSize: 1, seed: 1, augment: { pad: 1, flip: true } });
    const place = placements(plan, { height: 5, width: 4 });
    const counts = { top: [0, 0, 0], left: [0, 0, 0], mirrored: [0, 0] };
    for (let image = 0; image < 9000; image++) {
      const { top, left, mirrored } = place(image);
      counts.top[top]!++;
      counts.left[left]!++;
      counts.mirrored[Number(mirrored)]!++;
    }
    for (const n of [...counts.top, ...counts.left])
      expect(Math.abs(n - 3000)).toBeLessThan(4 * Math.sqrt(9000 * (2 / 9)));
    for (const n of counts.mirrored) expect(Math.abs(n - 4500)).toBeLessThan(4 * Math.sqrt(9000 / 4));
  });

  it('have mean 0 and deviation 1 per image, and are 0 for an image of one colour', () => {
    const flat = allocateSplit(1, 4, 4, 3);
    flat.images.fill(200);
    const flatBatch = [...batchesSync(flat, { batchSize: 1, augment: { standardise: 'per-image' } })][0]!;
    expect([...flatBatch.images]).toEqual(new Array(48).fill(0));
    for (const batch of batchesSync(split, { batchSize: 1, augment: { standardise: 'per-image' } })) {
      const mean = batch.images.reduce((sum, value) => sum + value, 0) / 60;
      const variance = batch.images.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 60;
      expect(mean).toBeCloseTo(0, 6);
      expect(variance).toBeCloseTo(1, 5);
    }
  });

  it('divide by 1/√n where an image has almost no contrast', () => {
    const nearlyFlat = allocateSplit(1, 10, 10, 1);
    nearlyFlat.images[0] = 1;
    // n = 100: mean 0.01, std √(0.01 · 0.99) ≈ 0.0995 < 1/√100 = 0.1.
    const { images } = [...batchesSync(nearlyFlat, { batchSize: 1, augment: { standardise: 'per-image' } })][0]!;
    expect(images[0]).toBeCloseTo(0.99 / 0.1, 5);
    expect(images[1]).toBeCloseTo(-0.01 / 0.1, 6);
  });

  it('are the same through the asynchronous iterator', async () => {
    const got = [];
    for await (const batch of batches(split, options)) got.push(batch);
    expect(got).toEqual([...batchesSync(split, options)]);
  });

  it.each([
    [{ batchSize: 0 }, 'batches: batchSize must be an integer in [1, 2147483647], got 0'],
    [{ batchSize: 2.5 }, 'batches: batchSize must be an integer in [1, 2147483647], got 2.5'],
    [{ batchSize: 4, seed: -1 }, 'batches: seed must be an integer in [0, 9007199254740991], got -1'],
    [{ batchSize: 4, epoch: Number.NaN }, 'batches: epoch must be an integer in [0, 4294967295], got NaN'],
    [{ batchSize: 4, start: 7 }, 'batches: start must be an integer in [0, 6], got 7'],
    [{ batchSize: 4, augment: { pad: -1 } }, 'batches: augment.pad must be an integer in [0, 4096], got -1'],
    [{ batchSize: 4, augment: { crop: 5 } }, 'batches: augment.crop width must be an integer in [1, 4], got 5'],
    [
      { batchSize: 4, augment: { standardise: 'dataset' } },
      "batches: augment.standardise 'dataset' needs augment.statistics with 3 means and deviations, got 0 and 0",
    ],
    [
      { batchSize: 4, augment: { standardise: 'dataset', statistics: { mean: [0, 0, 0], std: [1, 0, 1] } } },
      'augment.statistics must have finite means and deviations > 0, got 0 and 0 for channel 1',
    ],
    [{ batchSize: 4, shufle: true }, "batches: options has no 'shufle'; did you mean 'shuffle'?"],
    [{ batchSize: 4, augment: { flp: true } }, "batches: augment has no 'flp'; did you mean 'flip'?"],
    [{ batchSize: 4, prefetch: -1 }, 'batches: prefetch must be an integer in [0, 1024], got -1'],
  ])('refuse %j', (bad, message) => {
    expect(() => batches(split, bad as BatchOptions)).toThrow(message);
  });
});

it('splits that do not hold together are refused', () => {
  const split = allocateSplit(3, 2, 2, 1);
  const files = { files: ['a', 'b'], labels: new Int32Array(3), count: 3, height: 2, width: 2, channels: 3 };
  expect(() => batches({ ...split, count: 4 }, { batchSize: 1 })).toThrow('batches: images.length must be 16, got 12');
  expect(() => batches({ ...split, labels: new Int32Array(2) }, { batchSize: 1 })).toThrow(
    'labels.length must be 3, got 2',
  );
  expect(() => batches({ ...files, fit: 'exact' }, { batchSize: 1 })).toThrow('batches: files.length must be 3, got 2');
});

describe('the synthetic set', () => {
  it('is the same every time for one seed', () => {
    expect(makeSynthetic()).toEqual(makeSynthetic());
    expect(makeSynthetic({ seed: 1 }).train.images).not.toEqual(makeSynthetic().train.images);
    const misspelt = { trian: 64 } as object;
    expect(() => makeSynthetic(misspelt)).toThrow("makeSynthetic: options has no 'trian'; did you mean 'train'?");
    expect(() => makeSynthetic({ train: -1 })).toThrow(
      'makeSynthetic: train must be an integer in [1, 10000000], got -1',
    );
    expect(() => makeSynthetic({ height: '3' as unknown as number })).toThrow('makeSynthetic: height must be');
  });

  it('is separated by the nearest mean of the training images', () => {
    const { train, test, classes } = makeSynthetic();
    const size = train.height * train.width;
    const means = classes.map(() => new Float64Array(size));
    train.labels.forEach((label, i) => {
      for (let j = 0; j < size; j++) means[label]![j]! += train.images[i * size + j]! / (train.count / classes.length);
    });
    const nearest = (i: number) => {
      const distances = means.map((mean) => mean.reduce((sum, m, j) => sum + (m - test.images[i * size + j]!) ** 2, 0));
      return distances.indexOf(Math.min(...distances));
    };
    const right = [...test.labels].filter((label, i) => nearest(i) === label).length;
    expect(right / test.count).toBeGreaterThan(0.99);
  });
});
