/**
 * ⌊fraction · size⌋, the number of entries to prune or target, with `fraction` taken as the shortest decimal that
 * prints as it: 0.29 of 100 is 29, though the product of the doubles is 28.999999999999996. Pure JavaScript, also for
 * browsers.
 *
 * @param fraction in [0, 1]; checked by the callers, which know the argument's name
 * @param size number of ranked entries, an integer ≥ 0
 */
export function prunedCount(fraction: number, size: number): number {
  const product = fraction * size;
  const nearest = Math.round(product);
  // Twice the relative error of a rounded fraction and a rounded product.
  return Math.abs(product - nearest) <= product * 2 ** -52 ? nearest : Math.floor(product);
}
