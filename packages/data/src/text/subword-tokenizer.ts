import { readFileSync } from 'node:fs';
import { writeFileAtomicSync } from '@winnow/system/files';
import { learnMerges, type Merge, replacePair, splitWords } from './learn-merges.js';

/** Tokens that stand for no text. */
export const SPECIAL_TOKENS = { padding: 0, start: 1, end: 2 } as const;

const FIRST_BYTE = Object.keys(SPECIAL_TOKENS).length;
const FIRST_MERGE = FIRST_BYTE + 256;
const FORMAT = 'winnow-tokenizer/1';

/** What `SubwordTokenizer.learn` is asked for. */
export interface LearnOptions {
  /**
   * Number of tokens wanted, at least 259 (3 special ones and 256 bytes); fewer if the text has fewer repeated pairs.
   */
  vocabularySize: number;
  /** Whether text is put into lower case first. Default false. */
  lowerCase?: boolean;
}

/**
 * Byte-pair encoding over UTF-8 bytes: any text becomes tokens and comes back exactly (in lower case if asked for),
 * with no unknown token. A space belongs to the word behind it; the first word gets one, so that it is the same token
 * everywhere.
 */
export class SubwordTokenizer {
  private readonly ranks = new Map<string, number>();
  private readonly bytes: Uint8Array[];
  private readonly known = new Map<string, readonly number[]>();

  private constructor(
    readonly lowerCase: boolean,
    private readonly merges: readonly Merge[],
  ) {
    this.bytes = Array.from({ length: FIRST_MERGE }, (_, id) =>
      Uint8Array.from(id < FIRST_BYTE ? [] : [id - FIRST_BYTE]),
    );
    for (const [rank, [first, second]] of merges.entries()) {
      const [head, tail] = [this.bytes[first], this.bytes[second]];
      if (!head?.length || !tail?.length) {
        throw new RangeError(
          `SubwordTokenizer: merge ${rank} joins tokens ${first} and ${second}, which are not there`,
        );
      }
      this.ranks.set(`${first} ${second}`, rank);
      this.bytes.push(Uint8Array.from([...head, ...tail]));
    }
  }

  /**
   * Learns the tokens of a text.
   *
   * @throws RangeError if `vocabularySize` is not an integer in [259, 2²⁰)
   */
  static learn(texts: Iterable<string>, options: LearnOptions): SubwordTokenizer {
    const { vocabularySize, lowerCase = false } = options;
    if (!Number.isInteger(vocabularySize) || vocabularySize < FIRST_MERGE || vocabularySize >= 2 ** 20) {
      throw new RangeError(
        `SubwordTokenizer: vocabularySize must be an integer in [${FIRST_MERGE}, ${2 ** 20}), got ${vocabularySize}`,
      );
    }
    const prepared = (function* () {
      for (const text of texts) yield prepare(text, lowerCase);
    })();
    return new SubwordTokenizer(lowerCase, learnMerges(prepared, FIRST_BYTE, vocabularySize - FIRST_MERGE));
  }

  /** @throws Error naming the file if it is not a tokenizer. */
  static load(path: string): SubwordTokenizer {
    try {
      return SubwordTokenizer.fromJSON(JSON.parse(readFileSync(path, 'utf8')));
    } catch (error) {
      throw new Error(`${path} is not a tokenizer: ${(error as Error).message}`, { cause: error });
    }
  }

  /** @throws RangeError or TypeError if the value is not what `toJSON` gives. */
  static fromJSON(value: unknown): SubwordTokenizer {
    const { format, lowerCase, merges } = (value ?? {}) as { format?: unknown; lowerCase?: unknown; merges?: unknown };
    if (format !== FORMAT) throw new RangeError(`SubwordTokenizer: format must be ${FORMAT}, got ${format}`);
    const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger);
    if (typeof lowerCase !== 'boolean' || !Array.isArray(merges) || !merges.every(isPair)) {
      throw new TypeError('SubwordTokenizer: lowerCase must be a boolean and merges pairs of integers');
    }
    return new SubwordTokenizer(lowerCase, merges as Merge[]);
  }

  get vocabularySize(): number {
    return this.bytes.length;
  }

  /** What `fromJSON` makes it from again. */
  toJSON(): { format: string; lowerCase: boolean; merges: readonly Merge[] } {
    return { format: FORMAT, lowerCase: this.lowerCase, merges: this.merges };
  }

  /** Writes the tokenizer as JSON, whole or not at all. @throws WriteError naming the file if it cannot be written */
  save(path: string): void {
    writeFileAtomicSync(path, `${JSON.stringify(this)}\n`);
  }

  /** The tokens of a text, without special ones. */
  encode(text: string): number[] {
    return splitWords(prepare(text, this.lowerCase)).flatMap((word) => this.encodeWord(word));
  }

  /** The text of tokens; special ones are left out, bytes that are no UTF-8 become U+FFFD. */
  decode(tokens: Iterable<number>): string {
    const parts: Uint8Array[] = [];
    for (const token of tokens) {
      const bytes = this.bytes[token];
      if (bytes === undefined) {
        throw new RangeError(`SubwordTokenizer: token must be in [0, ${this.vocabularySize - 1}], got ${token}`);
      }
      parts.push(bytes);
    }
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts));
    return text.startsWith(' ') ? text.slice(1) : text;
  }

  private encodeWord(word: string): readonly number[] {
    const known = this.known.get(word);
    if (known !== undefined) return known;
    let tokens = Array.from(new TextEncoder().encode(word), (byte) => FIRST_BYTE + byte);
    for (;;) {
      let best = Number.POSITIVE_INFINITY;
      for (let i = 1; i < tokens.length; i++) {
        best = Math.min(best, this.ranks.get(`${tokens[i - 1]} ${tokens[i]}`) ?? Number.POSITIVE_INFINITY);
      }
      if (best === Number.POSITIVE_INFINITY) break;
      const [first, second] = this.merges[best] as Merge;
      tokens = replacePair(tokens, first, second, FIRST_MERGE + best);
    }
    this.known.set(word, tokens);
    return tokens;
  }
}

function prepare(text: string, lowerCase: boolean): string {
  return ` ${lowerCase ? text.toLowerCase() : text}`;
}
