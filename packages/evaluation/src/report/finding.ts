import type { SweepResult } from '../results/sweep-result.js';
import { aimedFractions, type LabelSummary, type SpreadPair } from './summary.js';
import { percent } from './wording.js';

/** What a sweep shows at one sparsity, in words and numbers. */
export interface Finding {
  /** The sparsity at which methods are compared. */
  readonly sparsity: number;
  /** The labels that the sentence is about: the best, and the plain one or else the worst. */
  readonly compared: readonly string[];
  /** One sentence, computed from the measured accuracies. */
  readonly sentence: string;
  /** The parts of the sentence, between commas. */
  readonly clauses: readonly string[];
}

/** A loss of accuracy that still counts as keeping it, and one that counts as a collapse. */
const KEPT = 0.05;
const COLLAPSED = 0.2;

/** The accuracies of a label at a sparsity. */
export function pairAt(summary: LabelSummary, sparsity: number): SpreadPair | undefined {
  if (summary.masked?.targetFraction === sparsity) return summary.masked;
  return summary.rows.find((row) => row.sparsity === sparsity);
}

function accuracyAt(summary: LabelSummary, sparsity: number): number {
  return pairAt(summary, sparsity)?.asIs.mean ?? Number.NaN;
}

/** Where to compare: at a fraction that training aimed at, else anywhere; of several where the labels differ most. */
function decisiveSparsity(labels: readonly LabelSummary[], aimed: readonly number[]): number {
  if (aimed.length === 1) return aimed[0]!;
  const sparsities = aimed.length > 0 ? aimed : labels[0]!.rows.map(({ sparsity }) => sparsity);
  if (labels.length === 1) return sparsities.findLast((sparsity) => sparsity <= 0.9) ?? sparsities[0]!;
  const gap = (sparsity: number) => {
    const values = labels.map((label) => accuracyAt(label, sparsity)).filter((value) => !Number.isNaN(value));
    return Math.max(...values) - Math.min(...values);
  };
  return sparsities.reduce((best, sparsity) => (gap(sparsity) > gap(best) ? sparsity : best));
}

function verb(value: number, unpruned: number): string {
  if (value >= unpruned - KEPT) return 'keeps';
  return value < unpruned - COLLAPSED ? 'falls to' : 'has';
}

/** States what pruning does to the best label and to the plain one (else the worst), with statistics as they are. */
export function findingOf(result: SweepResult, labels: readonly LabelSummary[]): Finding {
  const sparsity = decisiveSparsity(labels, aimedFractions(result));
  const what = result.granularity === 'weight' ? 'weights' : 'units';
  const unpruned = Math.max(...labels.map(({ raw }) => raw.asIs.mean));
  const measured = labels
    .filter((label) => !Number.isNaN(accuracyAt(label, sparsity)))
    .sort((a, b) => accuracyAt(b, sparsity) - accuracyAt(a, sparsity));
  const best = measured[0]!;
  const plain = measured.find(({ method }) => method === 'none');
  const other = plain && plain !== best ? plain : measured.at(-1)!;
  const clause = (label: LabelSummary) => {
    const value = accuracyAt(label, sparsity);
    return `${label.label} ${verb(value, unpruned)} ${(value * 100).toFixed(1)} %`;
  };
  const first = `${percent(sparsity)} of the ${what} pruned: ${clause(best)} accuracy`;
  const clauses = [first, ...(other === best ? [] : [clause(other)])];
  const compared = [...new Set([best.label, other.label])];
  return { sparsity, compared, sentence: clauses.join(', '), clauses };
}
