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
}

/** What a file of weights holds. */
export interface InspectedFile {
  readonly kernels: readonly FileKernel[];
  /** Arrays that are no kernels, such as biases and statistics: how many numbers they have together. */
  readonly others: number;
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
): Pick<InspectedFile, 'kernels' | 'others'> {
  const isKernel = ({ name, shape }: SavedWeight) => shape.length >= 2 && (KERNEL.test(name) || UNITS_FIRST.test(name));
  const kernels = weights.filter(isKernel).map(({ name, shape, values }) => ({
    name,
    shape,
    ...kernelZeros(values, shape, layoutOf(name)),
  }));
  const others = weights.reduce((sum, weight) => (isKernel(weight) ? sum : sum + weight.values.length), 0);
  return { kernels, others };
}

/** The table that the command prints. */
export function inspectionTable({ kernels, others, method }: InspectedFile): string {
  const number = new Intl.NumberFormat('en-US');
  const share = (zeros: number, weights: number) => `${weights === 0 ? '0.0' : ((100 * zeros) / weights).toFixed(1)} %`;
  const rows = kernels.map(({ name, shape, weights, zeros, pattern }) => [
    name,
    shape.join('×'),
    number.format(weights),
    share(zeros, weights),
    pattern,
  ]);
  const sum = (of: (kernel: FileKernel) => number) => kernels.reduce((total, kernel) => total + of(kernel), 0);
  const [weights, zeros] = [sum((kernel) => kernel.weights), sum((kernel) => kernel.zeros)];
  const all = [
    ['kernel', 'shape', 'weights', 'zero', 'pattern'],
    ...rows,
    ['all kernels', '', number.format(weights), share(zeros, weights), ''],
  ];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] as string).length))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  const untouched = kernels.filter((kernel) => kernel.zeros === 0).length;
  lines.push(
    '',
    `${untouched} of ${kernels.length} kernels have no zeros; ` +
      `${number.format(others)} other numbers (biases, statistics).`,
  );
  if (method !== undefined) {
    lines.push(`Saved with method '${method}': these are raw weights, without the method's masks or gates.`);
  }
  return lines.join('\n');
}
