import type { ProfiledLayer, ProfiledPass } from './profile-result.js';
import { PASSES } from './time-layers.js';

/** What passes are called. */
export const PASS_NAMES = {
  forward: 'forward',
  inputGradient: 'input gradient',
  filterGradient: 'filter gradient',
} as const;

/** Differences below are those of two measurements of the same. */
const SURE = 1.1;

/**
 * Why a layer does not get faster: the reasons of the passes that are dense, and where what was measured speaks against
 * the choice.
 *
 * @param skipped why the method does not act on it
 */
export function notesOf(layer: Omit<ProfiledLayer, 'notes'>, skipped: string | undefined): string[] {
  const dense = PASSES.flatMap((name) => (layer[name]?.sparse === false ? [{ name, pass: layer[name] }] : []));
  const reasons = new Map<string, string[]>();
  for (const { name, pass } of dense) {
    // Why no weights are cut says more than that none are.
    const why = pass.reason === 'nothing-cut' && skipped !== undefined ? leftAlone(skipped) : pass.explanation;
    reasons.set(why, [...(reasons.get(why) ?? []), PASS_NAMES[name]]);
  }
  const isWhole = reasons.size === 1 && dense.length === PASSES.filter((name) => layer[name] !== null).length;
  const notes = [...reasons].map(([why, names]) => (isWhole ? why : `${capital(names.join(', '))}: ${why}`));
  for (const name of PASSES) {
    const pass = layer[name];
    if (pass !== null && isContradicted(pass)) notes.push(`${capital(PASS_NAMES[name])}: ${contradiction(pass)}`);
  }
  return notes;
}

function isContradicted({ sparse, milliseconds }: ProfiledPass): boolean {
  const { dense, sparse: left } = milliseconds;
  if (dense === null || left === null) return false;
  return sparse ? left > SURE * dense : dense > SURE * left;
}

function contradiction({ sparse, milliseconds }: ProfiledPass): string {
  const [dense, left] = [milliseconds.dense as number, milliseconds.sparse as number];
  const measured = `here dense takes ${dense.toFixed(2)} ms and sparse ${left.toFixed(2)} ms`;
  const chosen = `auto chooses ${sparse ? 'sparse' : 'dense'} by limits measured on another machine`;
  return `${capital(measured)}; ${chosen}.`;
}

const leftAlone = (why: string) => `The method cuts no weights of it (${why}).`;

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
