/**
 * Every public function of the packages that users import is called with arguments that do not fit. What it throws
 * names the function that was called, and not one within it, and is no complaint of JavaScript's own.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as baselines from '@winnow/baselines';
import * as data from '@winnow/data';
import * as models from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import * as training from '@winnow/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Call = (...given: unknown[]) => unknown;

/** Their first argument is the name of the operation that their errors are of. */
const NAMED_BY_CALLER: ReadonlySet<string> = new Set([
  ...['checkSchedule', 'checkModel', 'chooseKernels', 'selectKernels', 'transformerConfig', 'namedVariables'],
  ...['SequenceModel', 'checkAxes', 'checkGradients', 'findAllocation', 'findPattern', 'findSchedule', 'findScore'],
]);

/** What methods are built of: they are given what Winnow or tfjs has made, in every step. */
const BUILDING_BLOCKS: ReadonlySet<string> = new Set([
  ...['MethodAtWork', 'WeightsError', 'asLayerHas', 'unitsLast', 'writeVariable', 'allocate', 'choice', 'chooseMasks'],
  ...['defaultOf', 'defaultsOf', 'describeMethod', 'dropAndGrow', 'dropAndGrowByColumn', 'evaluationGate', 'logAlpha'],
  ...['klDivergence', 'openProbability', 'patternOption', 'sampledGate', 'scoreOption', 'stepsOf', 'straightThrough'],
  ...['unusual', 'masked', 'scheduleOption', 'transformOf', 'firstDifference', 'seededDropout', 'SubwordTokenizer'],
  ...['decodeSplits', 'defineMethod', 'fixedMaskTransform'],
]);

/** Their last argument is that name, for functions that call them. */
const TAKES_CALLER: ReadonlySet<string> = new Set(['trainTask', 'modelTask', 'classificationTask']);

const OF_JAVASCRIPT =
  /Cannot (read|destructure|convert|use 'in')|is not (a function|iterable|a constructor)|"path.*" argument|ERR_INV/;

const model = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'a' })] });

function badArguments(): unknown[][] {
  const given = model();
  const options = { noSuchOption: 1 };
  return [
    ...[[], [null], [3], [''], ['no such name'], [{}], [options], [given], [given, null], [given, 3], [given, options]],
    ...[[given, {}, null], [given, {}, options], [tf.ones([2, 2])], ['name', options], [{}, null], [{}, options]],
  ];
}

/** What a call throws; undefined if it throws nothing. A generator is asked for its first value. */
async function thrown(name: string, call: Call, given: unknown[]): Promise<string | undefined> {
  try {
    const isClass = /^class/.test(Function.prototype.toString.call(call));
    const made = isClass
      ? new (call as unknown as new (...rest: unknown[]) => unknown)(...given)
      : await call(...given);
    const { next } = (made ?? {}) as Partial<AsyncGenerator>;
    if (typeof next === 'function') await next.call(made);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `${name} throws ${error}`;
  }
}

const publicFunctions = Object.entries({ training, models, baselines, data }).flatMap(([of, exported]) =>
  Object.entries(exported)
    .filter(([name, value]) => typeof value === 'function' && !NAMED_BY_CALLER.has(name))
    .map(([name, value]) => [of, name, value as Call] as const),
);

// Some make files by the names that they are given.
let [before, directory] = ['', ''];
beforeAll(() => {
  before = process.cwd();
  directory = mkdtempSync(join(tmpdir(), 'winnow-messages-'));
  process.chdir(directory);
});
afterAll(() => {
  process.chdir(before);
  rmSync(directory, { recursive: true });
});

describe('errors name the function that was called', () => {
  it.each(publicFunctions)('%s: %s', async (_, name, call) => {
    for (const given of badArguments()) {
      if (TAKES_CALLER.has(name) && given.length > 2) continue;
      const message = await thrown(name, call, given);
      if (message === undefined) continue;
      const shown = `${name}(${given.map((value) => (value instanceof tf.Tensor ? 'a tensor' : typeof value))})`;
      const inner = /^([A-Za-z]\w*): /.exec(message)?.[1];
      // The file system's own errors begin with their code.
      if (inner !== undefined && !/^E[A-Z]+$/.test(inner)) expect(inner, shown).toBe(name);
      if (!BUILDING_BLOCKS.has(name)) expect(message, shown).not.toMatch(OF_JAVASCRIPT);
    }
  });
});
