/** A training run's whole state in one file that is written whole or not at all. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Optimizer } from '@winnow/ops';
import { type NamedArray, readSafetensors, writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { firstDifference, type RunIdentity } from './run-identity.js';
import { savedVariables } from './saved-variables.js';
import type { TaskDescription } from './task.js';

const FORMAT = 'winnow-checkpoint/2';

/** A checkpoint's place in its directory: where the run stands, or where its metric was best. */
export type CheckpointKind = 'last' | 'best';

/** Where a run stands, besides the tensors. Data order and all randomness are functions of the run's seeds and these numbers. */
export interface Progress {
  /** Steps done. */
  step: number;
  /** Wall-clock seconds of those steps. */
  seconds: number;
  /** Sum of the losses of this epoch's batches so far, and their number. */
  epochLoss: { sum: number; batches: number };
  /** Loss of the last step; null before the first. */
  lastLoss: number | null;
  /** The step after which was last evaluated; 0 for never. */
  evaluatedStep: number;
  /** The best value of the metric so far, and when. */
  best?: { metric: string; value: number; step: number };
}

/** What a checkpoint is written from and read into. */
export interface RunState {
  task: TaskDescription;
  optimizer: Optimizer;
  identity: RunIdentity;
}

/** The file of a checkpoint. */
export function checkpointFile(directory: string, kind: CheckpointKind): string {
  return join(directory, `${kind}.safetensors`);
}

/** Writes variables, the optimizer's state and the progress of a run. Synchronous: nothing can happen in between. */
export function writeCheckpoint(directory: string, kind: CheckpointKind, state: RunState, progress: Progress): void {
  const { task, optimizer, identity } = state;
  const arrays = new Map<string, NamedArray>();
  const names = new Map<string, string>();
  for (const [name, variable] of savedVariables(task)) {
    arrays.set(`variable/${name}`, valuesOf(variable));
    names.set(variable.name, name);
  }
  for (const [key, tensor] of optimizer.state()) arrays.set(`optimizer/${renamed(key, names)}`, valuesOf(tensor));
  mkdirSync(directory, { recursive: true });
  const metadata = { format: FORMAT, run: JSON.stringify(identity), progress: JSON.stringify(progress) };
  writeSafetensors(checkpointFile(directory, kind), arrays, metadata);
}

/**
 * Puts a checkpoint of the same run back into the task's variables and the optimizer. Checks the whole file before it changes
 * anything.
 *
 * @returns the progress, or undefined if the directory holds no such checkpoint
 * @throws Error naming the file if it is broken, or belongs to a run with other options, which are named
 */
export function readCheckpoint(directory: string, kind: CheckpointKind, state: RunState): Progress | undefined {
  const file = checkpointFile(directory, kind);
  if (!existsSync(file)) return undefined;
  const { arrays, metadata } = readSafetensors(file);
  if (metadata['format'] !== FORMAT) throw new Error(`${file} has format '${metadata['format']}', expected ${FORMAT}`);
  const difference = firstDifference(parsed(file, metadata, 'run') as RunIdentity, state.identity);
  if (difference) {
    throw new Error(
      `${file} belongs to a run with other options (${difference}); delete it or choose another directory`,
    );
  }
  const variables = savedVariables(state.task);
  for (const [name, { shape }] of variables) {
    const saved = arrays.get(`variable/${name}`);
    if (saved === undefined || String(saved.shape) !== String(shape)) {
      throw new Error(`${file} has ${saved ? `shape [${saved.shape}]` : 'nothing'} for '${name}' [${shape}]`);
    }
  }
  const progress = parsed(file, metadata, 'progress') as Progress;
  const names = new Map<string, string>();
  for (const [name, variable] of variables) {
    names.set(name, variable.name);
    const { values, shape } = arrays.get(`variable/${name}`) as NamedArray;
    tf.tidy(() => variable.assign(tf.tensor(values, shape, variable.dtype as 'float32')));
  }
  const slots = new Map<string, tf.Tensor>();
  for (const [key, { shape, values }] of arrays) {
    if (!key.startsWith('optimizer/')) continue;
    slots.set(renamed(key.slice('optimizer/'.length), names), tf.tensor(values, shape));
  }
  state.optimizer.restore(slots);
  tf.dispose([...slots.values()]);
  return progress;
}

/** An optimizer's key, `slot/variable`, with the variable's name exchanged; keys of no variable stay. */
function renamed(key: string, names: ReadonlyMap<string, string>): string {
  const slash = key.indexOf('/');
  const name = names.get(key.slice(slash + 1));
  return slash < 0 || name === undefined ? key : `${key.slice(0, slash)}/${name}`;
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
