/**
 * The models of the zoo × all methods × ways to train × what follows × which kernels are taken. The suite is pairwise:
 * every pair of values of these meets at least once. `full-cross.ts` visits the whole product, and every layer class by
 * itself.
 */

import { methods } from '@winnow/baselines';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NamedCase, suiteCases } from './cases.js';
import { runCase } from './cross.js';
import { quietWarnings } from './quiet-warnings.js';

let warnAgain: () => void;
beforeAll(() => {
  warnAgain = quietWarnings();
});
afterAll(() => warnAgain());

describe.each([...new Set(suiteCases.map(({ kind }) => kind))])('%s', (name) => {
  const cases = suiteCases.filter(({ kind }) => kind === name);
  it.each(cases.map((one) => [title(one), one] as const))('%s', async (_title, one) => runCase(one));
});

const axes: Record<string, (one: NamedCase) => string> = {
  model: ({ kind }) => kind,
  method: ({ method }) => method.name,
  'method and granularity': ({ method }) => `${method.name} (${method.granularity})`,
  training: ({ way }) => way,
  use: ({ after }) => after,
  kernels: ({ takes }) => takes,
};
const pairs = Object.keys(axes).flatMap((a, i) =>
  Object.keys(axes)
    .slice(i + 1)
    .map((b) => [a, b] as const),
);
/** Models alternate between a method's granularities. */
const PARTIAL = ['model, method and granularity', 'method, method and granularity'];

it.each(pairs.filter((pair) => !PARTIAL.includes(pair.join(', '))))('every %s meets every %s', (a, b) => {
  const values = (axis: string) => new Set(suiteCases.map(axes[axis]!));
  const met = new Set(suiteCases.map((one) => `${axes[a]!(one)} × ${axes[b]!(one)}`));
  const all = [...values(a)].flatMap((first) => [...values(b)].map((second) => `${first} × ${second}`));
  expect(all.filter((pair) => !met.has(pair))).toEqual([]);
});

it('has every method of the registry', () => {
  const names = new Set(suiteCases.map(({ method }) => method.name));
  expect([...methods.keys()].filter((name) => !names.has(name))).toEqual([]);
});

function title({ method, way, after, takes }: NamedCase): string {
  return `${method.name} (${method.granularity}), ${way}, ${after}, ${takes} kernels`;
}
