/** The entries of a group of `size` ≤ m columns: n of m, and ⌈size · n / m⌉ of the fewer at the end of a row. */
export function entriesOf(size: number, n: number, m: number): number {
  return Math.ceil((size * n) / m);
}

/** The entries of a row of an N:M matrix. */
export function nmWidth(columns: number, n: number, m: number): number {
  return Math.floor(columns / m) * n + entriesOf(columns % m, n, m);
}
