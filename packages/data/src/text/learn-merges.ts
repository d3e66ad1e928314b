/** Two token ids that become one. */
export type Merge = readonly [first: number, second: number];

/** A pair as one number: ids are below 2²⁰. */
const keyOf = (first: number, second: number) => first * 2 ** 20 + second;
const mergeOf = (key: number): Merge => [Math.floor(key / 2 ** 20), key % 2 ** 20];

/** A distinct word of the text, as tokens so far. */
interface Word {
  tokens: number[];
  readonly count: number;
}

/**
 * Learns byte-pair merges (Sennrich et al. 2016): again and again the most frequent pair of neighbouring tokens becomes
 * a token. Ties go to the pair of lower ids, so the result is a function of the text.
 *
 * @param texts the training text
 * @param firstByte id of byte 0; the others follow
 * @param limit how many merges at most; a pair that occurs once is never merged
 */
export function learnMerges(texts: Iterable<string>, firstByte: number, limit: number): Merge[] {
  const words = countWords(texts, firstByte);
  const pairs = new PairCounts(words);
  const merges: Merge[] = [];
  while (merges.length < limit) {
    const key = pairs.mostFrequent();
    if (key === undefined) break;
    pairs.merge(key, firstByte + 256 + merges.length);
    merges.push(mergeOf(key));
  }
  return merges;
}

function countWords(texts: Iterable<string>, firstByte: number): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const encoder = new TextEncoder();
  return [...counts].map(([word, count]) => ({
    tokens: Array.from(encoder.encode(word), (byte) => firstByte + byte),
    count,
  }));
}

/** How often every pair occurs, and in which words. */
class PairCounts {
  private readonly counts = new Map<number, number>();
  private readonly places = new Map<number, Set<Word>>();

  constructor(words: readonly Word[]) {
    for (const word of words) this.add(word, 1);
  }

  /** The pair to merge next; undefined if none occurs twice. */
  mostFrequent(): number | undefined {
    let best: number | undefined;
    let most = 1;
    for (const [key, count] of this.counts) {
      if (count > most || (count === most && best !== undefined && key < best)) {
        best = key;
        most = count;
      }
    }
    return best;
  }

  /** Replaces the pair by `token` in every word. */
  merge(key: number, token: number): void {
    const [first, second] = mergeOf(key);
    for (const word of this.places.get(key) ?? []) {
      this.add(word, -1);
      word.tokens = replacePair(word.tokens, first, second, token);
      this.add(word, 1);
    }
    this.counts.delete(key);
    this.places.delete(key);
  }

  private add(word: Word, sign: 1 | -1): void {
    for (let i = 1; i < word.tokens.length; i++) {
      const key = keyOf(word.tokens[i - 1] as number, word.tokens[i] as number);
      const count = (this.counts.get(key) ?? 0) + sign * word.count;
      if (count === 0) this.counts.delete(key);
      else this.counts.set(key, count);
      if (sign < 0) continue;
      const places = this.places.get(key);
      // A word may stay listed for a pair that it has lost; merging then changes nothing in it.
      if (places === undefined) this.places.set(key, new Set([word]));
      else places.add(word);
    }
  }
}

/** `tokens` with every occurrence of (first, second), from the left, replaced by `token`. */
export function replacePair(tokens: readonly number[], first: number, second: number, token: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === first && tokens[i + 1] === second) {
      result.push(token);
      i++;
    } else {
      result.push(tokens[i] as number);
    }
  }
  return result;
}

/**
 * Splits text into the pieces that subwords never cross: letters, digits, other signs, each with the one space before
 * it, and other white space. The pieces joined are the text.
 */
export function splitWords(text: string): string[] {
  return text.match(/ ?\p{L}[\p{L}\p{M}]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? [];
}
