/** The axes of the cross, and which of their points the suite visits. */

import { afterwards } from './afterwards.js';
import { combinations } from './combinations.js';
import type { CrossCase } from './cross.js';
import { layerKinds, layerModel } from './layer-kinds.js';
import { type MethodCase, methodCases } from './method-cases.js';
import { ways } from './ways.js';
import type { ZooModel } from './zoo-model.js';

export interface NamedCase extends CrossCase {
  readonly kind: string;
}

const USES = Object.keys(afterwards);
const WAYS = Object.keys(ways);
const TAKES = ['all', 'default'] as const;

/** Classes that tfjs itself cannot train or load back: `stock-layers.test.ts` shows with which words. */
const BROKEN = ['CategoryEncoding', 'CenterCrop', 'Conv3DTranspose', 'RandomHeight', 'RandomWidth', 'Resizing'];

type Kinds = readonly (readonly [string, () => ZooModel])[];
const classes = Object.entries(layerKinds).filter(([name]) => !BROKEN.includes(name));
const modelOf = ([name, kind]: (typeof classes)[number]) => [name, () => layerModel(kind)] as const;
/** What other models of the suite hold as well. */
const FULL_ONLY = [
  'a custom layer',
  'a subclass of Dense',
  'a subclass of Conv2D',
  'a layer that holds one',
  'a nested model',
  'a stateful recurrent layer',
  'convolutions without bias and with strides',
  'Bidirectional GRU that sums, with all steps',
  'TimeDistributed convolution',
];
const ofSuite: Kinds = Object.entries(combinations).filter(([name]) => !FULL_ONLY.includes(name));
const all: Kinds = [...classes.map(modelOf), ...Object.entries(combinations)];

/** @param numbers of the way to train, the use and the selection; counted round */
function point(
  [kind, make]: Kinds[number],
  method: MethodCase,
  [way, after, takes]: readonly [number, number, number],
): NamedCase {
  const of = <T>(values: readonly T[], at: number) => values[at % values.length] as T;
  return { kind, make, method, way: of(WAYS, way), after: of(USES, after), takes: of(TAKES, takes) };
}

const names = [...new Set(methodCases.map(({ name }) => name))];
const methodsByName = names.map((name) => methodCases.filter((method) => method.name === name));

/**
 * Every combination with every method, once. Granularity, training, what follows it and the selection change from one
 * to the next, so that each value of each of them meets every value of the others, every model and every method.
 */
export const suiteCases: readonly NamedCase[] = ofSuite.flatMap((kind, i) =>
  methodsByName.map((sorts, j) => point(kind, sorts[i % sorts.length] as MethodCase, [i + j, 2 * i + j, (i >> 1) + j])),
);

/** The whole product, with every layer class by itself. */
export function fullCases(): NamedCase[] {
  const cases: NamedCase[] = [];
  for (const kind of all)
    for (const method of methodCases)
      for (const way of WAYS.keys())
        for (const after of USES.keys())
          for (const takes of TAKES.keys()) cases.push(point(kind, method, [way, after, takes]));
  return cases;
}
