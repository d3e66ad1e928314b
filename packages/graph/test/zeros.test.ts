import { kernelZeros } from '@winnow/graph';
import { describe, expect, it } from 'vitest';

/** A matrix fan-in × units, written out row by row; `.` is a zero. */
function of(rows: string[]): [number[], number[]] {
  return [
    rows.flatMap((row) => [...row].map((character) => (character === '.' ? 0 : 1))),
    [rows.length, rows[0]!.length],
  ];
}

describe('kernelZeros', () => {
  it.each([
    ['dense', ['xx', 'xx'], 0],
    ['unit', ['x.x', 'x.x'], 2],
    ['2:4', ['x.', 'x.', '.x', '.x', 'x.', '.x', 'x.', '.x'], 8],
    ['1:4', ['x.', '..', '..', '.x'], 6],
    ['2x2', ['..xx', '..xx', 'xxxx', 'xxxx'], 4],
    ['column', ['x..', '.xx', 'xxx'], 3],
    ['unstructured', ['x..', 'xx.', 'xxx'], 3],
  ])('finds the pattern %s', (pattern, rows, zeros) => {
    const [values, shape] = of(rows);
    expect(kernelZeros(values, shape)).toEqual({
      weights: values.length,
      zeros,
      sparsity: zeros / values.length,
      pattern,
    });
  });

  it('reads units where each layout has them', () => {
    // Unit 1 of 2 is zero. [1, 2 units, 3 channels], [2 units, 3], and [3 rows, 1 channel, 2 filters].
    expect(kernelZeros([1, 1, 1, 0, 0, 0], [1, 2, 3], 'transposed').pattern).toBe('unit');
    expect(kernelZeros([1, 1, 1, 0, 0, 0], [2, 3], 'unitsFirst').pattern).toBe('unit');
    expect(kernelZeros([1, 0, 1, 0, 1, 0], [3, 1, 1, 2], 'depthwise').pattern).toBe('unit');
    expect(kernelZeros([1, 1, 1, 0, 0, 0], [3, 2]).pattern).toBe('unstructured');
  });

  it('takes kernels without weights', () => {
    expect(kernelZeros([], [0, 3])).toEqual({ weights: 0, zeros: 0, sparsity: 0, pattern: 'dense' });
  });
});
