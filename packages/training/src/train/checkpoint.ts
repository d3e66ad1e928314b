/** The complete state of a training run in one file, written atomically. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Optimizer } from '@winnow/ops';
import { type NamedArray, readSafetensors, type Safetensors, writeSafetensors } from '@winnow/safetensors';
import { obstacleToDirectory, obstacleToFile, writing } from '@winnow/system/files';
import { tf } from '@winnow/tensorflow';
import { checkText } from '../arguments.js';
import { SteadyNames } from './given-names.js';
import { firstDifference, type RunIdentity } from './run-identity.js';
import { savedVariables } from './saved-variables.js';
import type { TaskDescription } from './task.js';

const FORMAT = 'winnow-checkpoint/2';

/** `last`: where the run stands. `best`: where its metric was best. */
export type CheckpointKind = 'last' | 'best';

/**
 * Where a run stands, apart from tensors. Data order and all randomness are functions of the run's seeds and these
 * numbers.
 */
export interface Progress {
  /** Steps done. */
  step: number;
  /** Wall-clock seconds of those steps. */
  seconds: number;
  /** Sum and number of this epoch's batch losses so far. */
  epochLoss: { sum: number; batches: number };
  /** Loss of the last step; null before the first. */
  lastLoss: number | null;
  /** The step of the last evaluation; 0 if there was none. */
  evaluatedStep: number;
  /** The best value of the metric so far, and its step. */
  best?: BestSoFar;
}

/** The best evaluation of a run. */
interface BestSoFar {
  metric: string;
  value: number;
  step: number;
}

/** The state that a checkpoint saves and restores. */
export interface RunState {
  task: TaskDescription;
  optimizer: Optimizer;
  identity: RunIdentity;
}

/** Path of a checkpoint file. */
export function checkpointFile(directory: string, kind: CheckpointKind): string {
  checkText('checkpointFile', 'directory', directory);
  return join(directory, `${kind}.safetensors`);
}

/** What keeps checkpoints from being written to a directory; undefined if nothing is in the way. Changes nothing. */
export function obstacleToCheckpoints(directory: string): string | undefined {
  const files = (['last', 'best'] as const).map((kind) => checkpointFile(directory, kind));
  return [obstacleToDirectory(directory), ...files.map(obstacleToFile)].find((obstacle) => obstacle !== undefined);
}

/** Writes a run's variables, optimizer state and progress. Synchronous, so that the state cannot change meanwhile. */
export function writeCheckpoint(directory: string, kind: CheckpointKind, state: RunState, progress: Progress): void {
  const { task, optimizer, identity } = state;
  const arrays = new Map<string, NamedArray>();
  const names = new Map<string, string>();
  for (const [name, variable] of savedVariables(task)) {
    arrays.set(`variable/${name}`, valuesOf(variable));
    names.set(variable.name, name);
  }
  for (const [key, tensor] of optimizer.state()) arrays.set(`optimizer/${renamed(key, names)}`, valuesOf(tensor));
  writing(directory, () => mkdirSync(directory, { recursive: true }));
  const metadata = { format: FORMAT, run: JSON.stringify(identity), progress: JSON.stringify(progress) };
  writeSafetensors(checkpointFile(directory, kind), arrays, metadata, { checksums: true });
}

/**
 * Restores a checkpoint into the task's variables and the optimizer. Checks the whole file before it changes anything.
 *
 * @param bestMetric the metric of the run's best weights: values of another one do not compare
 * @returns the progress, or undefined if the directory has no such checkpoint
 * @throws Error naming the file if it is broken, was written by a run with other options or on other data, or does not
 *   say on which; the error names the first difference. Also if `best` is missing or broken, although the progress of
 *   `last` speaks of it and `bestMetric` is given
 */
export function readCheckpoint(
  directory: string,
  kind: CheckpointKind,
  state: RunState,
  bestMetric?: string,
): Progress | undefined {
  const file = checkpointFile(directory, kind);
  if (!existsSync(file)) return undefined;
  const { arrays, metadata } = openCheckpoint(file, state.identity);
  const variables = savedVariables(state.task);
  for (const [name, { shape }] of variables) {
    const saved = arrays.get(`variable/${name}`);
    if (saved === undefined || String(saved.shape) !== String(shape)) {
      throw new Error(`${file} has ${saved ? `shape [${saved.shape}]` : 'nothing'} for '${name}' [${shape}]`);
    }
  }
  const progress = progressIn(file, metadata);
  const { best } = progress;
  if (best !== undefined && bestMetric !== undefined && best.metric !== bestMetric) {
    throw new Error(
      `${file} belongs to a run with other options (checkpoint.best.metric was ${best.metric}, is now ` +
        `${bestMetric}); delete it or choose another directory`,
    );
  }
  if (best !== undefined && bestMetric !== undefined) checkBest(directory, best, state.identity);
  const names = new Map([...variables].map(([name, variable]) => [name, variable.name]));
  const slots = new Map<string, tf.Tensor>();
  for (const [key, { shape, values }] of arrays) {
    if (!key.startsWith('optimizer/')) continue;
    slots.set(renamed(key.slice('optimizer/'.length), names), tf.tensor(values, shape));
  }
  try {
    // First, for it checks: a variable is not changed unless all of the file is right.
    state.optimizer.restore(slots);
  } catch (cause) {
    throw new Error(`${file} has no right state of the optimizer: ${(cause as Error).message}`, { cause });
  } finally {
    tf.dispose([...slots.values()]);
  }
  for (const [name, variable] of variables) {
    const { values, shape } = arrays.get(`variable/${name}`) as NamedArray;
    tf.tidy(() => variable.assign(tf.tensor(values, shape, variable.dtype as 'float32')));
  }
  return progress;
}

/** Reads a checkpoint's file. @throws Error naming the file if it is broken or belongs to another run */
function openCheckpoint(file: string, here: RunIdentity): Pick<Safetensors, 'arrays' | 'metadata'> {
  const { arrays, metadata } = readSafetensors(file);
  if (metadata['format'] !== FORMAT) throw new Error(`${file} has format '${metadata['format']}', expected ${FORMAT}`);
  const there = parsed(file, metadata, 'run') as RunIdentity;
  checkData(file, there, here);
  checkNames(file, there, here);
  const difference = firstDifference(there, here);
  if (difference) {
    throw new Error(
      `${file} belongs to a run with other options (${difference}); delete it or choose another directory`,
    );
  }
  return { arrays, metadata };
}

/**
 * Checks that the best weights which the run's progress speaks of are there: nothing could bring them back, and the
 * run would end with another best than an uninterrupted one.
 *
 * @throws Error naming the file if it is missing, broken, of another run or of an earlier step
 */
function checkBest(directory: string, { metric, value, step }: BestSoFar, here: RunIdentity): void {
  const file = checkpointFile(directory, 'best');
  const advice = 'put the file back, or begin the run anew in another directory';
  const held = `the best weights so far, of step ${step} (${metric} ${value})`;
  if (!existsSync(file)) throw new Error(`${file} is missing, which held ${held}; ${advice}`);
  const { metadata } = openCheckpoint(file, here);
  // A later step is right: after a crash between both files, the run repeats the steps up to that one.
  const there = progressIn(file, metadata).step;
  if (there < step) throw new Error(`${file} is of step ${there}, but should hold ${held}; ${advice}`);
}

/** @throws Error for other data, and for a file from before runs had digests of theirs: it may belong to any data */
function checkData(file: string, there: RunIdentity, here: RunIdentity): void {
  if (here['data'] !== undefined && there['data'] === undefined) {
    throw new Error(
      `${file} does not say which data it was trained on, as checkpoints of earlier versions do not; ` +
        'delete it or choose another directory',
    );
  }
  // Before all else: other data mostly have other numbers and statistics as well, which say less.
  const dataOf = ({ data, test }: RunIdentity) => ({ data, test });
  const difference = firstDifference(dataOf(there), dataOf(here));
  if (difference === undefined) return;
  throw new Error(
    `${file} belongs to a run on other data (the digest of ${difference}); ` +
      'give the data of that run, or choose another directory',
  );
}

/**
 * Checks that layers without a name, whose path the random numbers of a method or of dropout depend on, have the number
 * that they had.
 *
 * @throws Error naming the first that has not
 */
function checkNames(file: string, there: RunIdentity, here: RunIdentity): void {
  const pathsOf = ({ transform, dropoutLayers }: RunIdentity): unknown[] => [
    ...((transform as { kernels?: unknown[] } | null | undefined)?.kernels ?? []),
    ...((dropoutLayers as unknown[] | undefined) ?? []),
  ];
  const [old, now] = [pathsOf(there).map(String), pathsOf(here).map(String)];
  const steady = (paths: readonly string[]) => {
    const names = new SteadyNames();
    return paths.map((path) => names.of(path)).join();
  };
  const at = old.findIndex((path, i) => path !== now[i]);
  if (at < 0 || steady(old) !== steady(now)) return;
  throw new Error(
    `${file} belongs to a run whose '${old[at]}' is '${now[at]}' here: tf.layers numbers layers and models without a ` +
      'name anew in every process, and masks and dropout depend on the name; give them names, or build this model ' +
      'before others in its process',
  );
}

/** An optimizer key `slot/variable` with the variable renamed. Keys without a variable stay. */
function renamed(key: string, names: ReadonlyMap<string, string>): string {
  const slash = key.indexOf('/');
  const name = names.get(key.slice(slash + 1));
  return slash < 0 || name === undefined ? key : `${key.slice(0, slash)}/${name}`;
}

/** @throws Error naming the file and the first field that is not as `writeCheckpoint` writes it */
function progressIn(file: string, metadata: Record<string, string>): Progress {
  const progress = parsed(file, metadata, 'progress') as Partial<Progress> | null;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const { step, evaluatedStep, seconds, epochLoss, lastLoss, best } = progress ?? {};
  const checks: Record<string, boolean> = {
    step: isCount(step),
    evaluatedStep: isCount(evaluatedStep) && evaluatedStep! <= step!,
    seconds: typeof seconds === 'number' && seconds >= 0,
    epochLoss: typeof epochLoss?.sum === 'number' && isCount(epochLoss.batches),
    lastLoss: lastLoss === null || typeof lastLoss === 'number',
    best:
      best === undefined || (typeof best?.metric === 'string' && typeof best.value === 'number' && isCount(best.step)),
  };
  const wrong = Object.keys(checks).find((name) => !checks[name]);
  if (wrong === undefined) return progress as Progress;
  const found = JSON.stringify((progress as Record<string, unknown> | null)?.[wrong]);
  throw new Error(`${file} has no right '${wrong}' in the progress of its header: ${found}`);
}

function parsed(file: string, metadata: Record<string, string>, key: string): unknown {
  try {
    return JSON.parse(metadata[key] as string);
  } catch {
    throw new Error(`${file} has no readable '${key}' in its header`);
  }
}

function valuesOf(tensor: tf.Tensor): NamedArray {
  const values = tensor.dataSync();
  if (values instanceof Float32Array || values instanceof Int32Array) return { shape: tensor.shape, values };
  throw new TypeError(`writeCheckpoint: tensors must be float32 or int32, got ${tensor.dtype}`);
}
