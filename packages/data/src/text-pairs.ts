/** Sentences and their translations: `source[i]` belongs to `target[i]`. */
export interface TextPairSplit {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** Number of pairs. */
  readonly count: number;
}

/** A data set of translations that is ready for use. */
export interface TextPairDataset {
  /** The name it is loaded by, such as `multi30k`. */
  readonly name: string;
  /** What tables and figures call it, such as `Multi30k`. */
  readonly title: string;
  /** BCP 47 language tags. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly train: TextPairSplit;
  readonly validation: TextPairSplit;
  readonly test: TextPairSplit;
}
