/** A histogram with the fields of TensorBoard's `HistogramProto`. */
export interface Histogram {
  min: number;
  max: number;
  num: number;
  sum: number;
  sumSquares: number;
  /** Upper bounds of the buckets, ascending. */
  limits: number[];
  /** Number of values per bucket. A bucket includes the previous limit and excludes its own. */
  counts: number[];
}

/**
 * Upper bounds as in TensorFlow's own histograms: from 1e-12 to 1e20 in factors of 1.1, mirrored for negative values.
 */
const LIMITS = bucketLimits();

function bucketLimits(): Float64Array {
  const positive: number[] = [];
  for (let limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push(limit);
  positive.push(Number.MAX_VALUE);
  const negative = positive.map((limit) => -limit).reverse();
  return Float64Array.from([...negative, 0, ...positive]);
}

/**
 * Counts values in TensorFlow's buckets. Empty buckets at both ends are dropped.
 *
 * @throws RangeError if `values` is empty or contains a value that is not finite
 */
export function histogramOf(values: Float32Array): Histogram {
  if (!(values instanceof Float32Array)) {
    throw new TypeError(`histogramOf: values must be a Float32Array, got ${values}`);
  }
  if (values.length === 0) throw new RangeError('histogramOf: there must be at least one value');
  const counts = new Float64Array(LIMITS.length);
  let [min, max, sum, sumSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) throw new RangeError(`histogramOf: values must be finite, got ${value}`);
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
    const bucket = bucketOf(value);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  const first = counts.findIndex((count) => count > 0);
  const end = counts.findLastIndex((count) => count > 0) + 1;
  // Keep one more bucket: its limit is the lower bound of the first one.
  const from = Math.max(0, first - 1);
  return {
    min,
    max,
    num: values.length,
    sum,
    sumSquares,
    limits: [...LIMITS.subarray(from, end)],
    counts: [...counts.subarray(from, end)],
  };
}

/** The first bucket whose limit is above the value. */
function bucketOf(value: number): number {
  let low = 0;
  let high = LIMITS.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((LIMITS[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
