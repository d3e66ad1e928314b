/** BLEU counts n-grams of order 1 to 4. */
export const ORDERS = 4;

/** Counts the n-grams of each order; element n − 1 is for order n. */
export function countNgrams(tokens: readonly string[]): Map<string, number>[] {
  return Array.from({ length: ORDERS }, (_, i) => {
    const counts = new Map<string, number>();
    for (let end = i + 1; end <= tokens.length; end++) {
      // Tokens contain no spaces, so the joined string is unambiguous.
      const ngram = tokens.slice(end - i - 1, end).join(' ');
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    }
    return counts;
  });
}
