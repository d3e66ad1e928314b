import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type KernelZeros, kernelZeros, type StoredLayout } from '@winnow/graph';
import { readSafetensors } from '@winnow/safetensors';
import { INSPECTABLE, otherKind } from './file-kind.js';
import { readTfjsModel, type SavedWeight } from './tfjs-file.js';

/** One kernel of a file. */
interface FileKernel extends KernelZeros {
  readonly name: string;
  readonly shape: readonly number[];
  /** How many of the numbers are NaN or infinite. */
  readonly notFinite: number;
}

/** What a file of weights holds. */
export interface InspectedFile {
  readonly kernels: readonly FileKernel[];
  /** Arrays that are no kernels, such as biases and statistics: how many numbers they have together. */
  readonly others: number;
  /** How many of the others are NaN or infinite. */
  readonly othersNotFinite: number;
  /** The method that the model was saved with. Its masks and gates are not in the weights. */
  readonly method?: string;
}

const KERNEL = /(^|[/.])(kernel|depthwise_kernel|pointwise_kernel|recurrent_kernel|embeddings)(_\d+)?$/;
/** As PyTorch names and stores them: units on the first axis. */
const UNITS_FIRST = /(^|[/.])weight(_[ih]h_l\d+(_reverse)?)?$/;
/** What a checkpoint holds besides weights. */
const STATE = /^(optimizer|transform)\//;

/**
 * Counts the zeros of every kernel in a file: a `model.json` of tfjs (or its folder), or safetensors. Needs no
 * TensorFlow.
 *
 * @throws Error that names the file and what it is if it is neither, or is broken
 */
export async function inspectFile(file: string): Promise<InspectedFile> {
  const path = await pathOf(file);
  if (path.endsWith('.json')) {
    const { weights, classes, method } = await readTfjsModel(path);
    const layoutOf = (name: string): StoredLayout => {
      if (name.includes('depthwise_kernel')) return 'depthwise';
      const className = classes.get(name.split('/').at(-2) ?? '') ?? '';
      return /^Conv[23]DTranspose$/.test(className) ? 'transposed' : 'unitsLast';
    };
    return { ...summarize(weights, layoutOf), ...(method !== undefined && { method }) };
  }
  const other = await otherKind(path);
  if (other !== undefined) throw new Error(`${path} is ${other}; inspect takes ${INSPECTABLE}`);
  const { arrays } = readSafetensors(path);
  const weights = [...arrays].map(([name, { shape, values }]) => ({ name, shape, values }));
  return summarize(
    weights.filter(({ name }) => !STATE.test(name)),
    (name) => {
      if (UNITS_FIRST.test(name)) return 'unitsFirst';
      return name.includes('depthwise_kernel') ? 'depthwise' : 'unitsLast';
    },
  );
}

/** The file to read. @throws Error if there is none */
async function pathOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new Error(`${file} does not exist; inspect takes ${INSPECTABLE}`);
  if (!found.isDirectory()) return file;
  const path = join(file, 'model.json');
  if (existsSync(path)) return path;
  throw new Error(`${file} is a folder without a model.json; inspect takes ${INSPECTABLE}`);
}

function summarize(
  weights: readonly SavedWeight[],
  layoutOf: (name: string) => StoredLayout,
): Omit<InspectedFile, 'method'> {
  const isKernel = ({ name, shape }: SavedWeight) => shape.length >= 2 && (KERNEL.test(name) || UNITS_FIRST.test(name));
  const kernels = weights.filter(isKernel).map(({ name, shape, values }) => ({
    name,
    shape,
    ...kernelZeros(values, shape, layoutOf(name)),
    notFinite: countNotFinite(values),
  }));
  const rest = weights.filter((weight) => !isKernel(weight));
  const others = rest.reduce((sum, { values }) => sum + values.length, 0);
  return { kernels, others, othersNotFinite: rest.reduce((sum, { values }) => sum + countNotFinite(values), 0) };
}

function countNotFinite(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  return count;
}
