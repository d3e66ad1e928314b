import type { Hypothesis } from './beam-search.js';

/** A possible next token and its log-probability. */
export interface Candidate {
  readonly token: number;
  readonly logProbability: number;
}

/** A hypothesis that has not ended. */
interface Beginning {
  /** Including the start token. */
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

/** The beam of one source: its open hypotheses and those that have ended. */
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
   * Extends the hypotheses by one token.
   *
   * @param candidates for each row at least 2·beam tokens (or all), best first: half of them may be end tokens
   * @returns for every new row, the old row that it continues
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
      // Only an end token among the best `beam` candidates ends a hypothesis. Others belong to hypotheses that fell off
      // the beam.
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

  /** The ended hypotheses, best first; at most `beam`. */
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
