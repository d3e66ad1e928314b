import type { Hypothesis } from './beam-search.js';

/** A token that may come next, and its log-probability. */
export interface Candidate {
  readonly token: number;
  readonly logProbability: number;
}

/** A hypothesis that has not ended. */
interface Beginning {
  /** From the start token on. */
  readonly tokens: readonly number[];
  readonly logProbability: number;
}

interface BeamRules {
  beam: number;
  lengthPenalty: number;
  start: number;
  end: number;
  maximumLength: number;
}

/** The beam of one source: which beginnings live on, and what has ended. */
export class SentenceBeam {
  rows: readonly Beginning[];
  private readonly ended: Hypothesis[] = [];

  constructor(private readonly rules: BeamRules) {
    this.rows = [{ tokens: [rules.start], logProbability: 0 }];
  }

  get isDone(): boolean {
    return this.rows.length === 0;
  }

  /**
   * Appends a token to the rows.
   *
   * @param candidates for each row at least 2·beam tokens (or all), the best first: half of them may be end tokens
   * @returns the old row that each new row continues
   */
  advance(candidates: readonly (readonly Candidate[])[]): number[] {
    const { beam, end, maximumLength } = this.rules;
    const extended = candidates
      .flatMap((tokens, row) =>
        tokens.map(({ token, logProbability }) => ({
          row,
          token,
          logProbability: (this.rows[row] as Beginning).logProbability + logProbability,
        })),
      )
      .sort((a, b) => b.logProbability - a.logProbability || a.row - b.row || a.token - b.token);
    const living: typeof extended = [];
    for (const [rank, candidate] of extended.entries()) {
      if (living.length === beam) break;
      if (candidate.token !== end) living.push(candidate);
      // An end that is not among the best `beam` would end a hypothesis that beam search has given up.
      else if (rank < beam) this.finish(this.tokensOf(candidate.row), candidate.logProbability, 1);
    }
    const length = this.tokensOf(0).length + 1;
    if (this.ended.length >= beam) living.length = 0;
    if (length >= maximumLength) {
      for (const { row, token, logProbability } of living) {
        this.finish([...this.tokensOf(row), token], logProbability, 0);
      }
      living.length = 0;
    }
    this.rows = living.map(({ row, token, logProbability }) => ({
      tokens: [...(this.rows[row] as Beginning).tokens, token],
      logProbability,
    }));
    return living.map(({ row }) => row);
  }

  /** What has ended, the best first; at most `beam`. */
  results(): Hypothesis[] {
    return [...this.ended].sort((a, b) => b.score - a.score).slice(0, this.rules.beam);
  }

  private tokensOf(row: number): readonly number[] {
    return (this.rows[row] as Beginning).tokens.slice(1);
  }

  private finish(tokens: readonly number[], logProbability: number, ends: 0 | 1): void {
    const score = logProbability / ((5 + tokens.length + ends) / 6) ** this.rules.lengthPenalty;
    this.ended.push({ tokens, logProbability, score });
  }
}
