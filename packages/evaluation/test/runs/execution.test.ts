/** `--execution`: it decides a run's bits, and so it is part of what the run is. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSweepResult, readTrainingResult } from '@winnow/evaluation';
import { useFastGradients } from '@winnow/ops';
import { readSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { afterAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { runCommand } from '../cli/run-command.js';

const folder = temporaryFolder();
afterAll(() => useFastGradients()());

/** The operations that run while a command does. */
async function operationsOf(words: readonly string[]): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const backend = tf.engine().backend as unknown as Record<'executeSingleOutput', (...given: unknown[]) => unknown>;
  const stock = backend.executeSingleOutput;
  backend.executeSingleOutput = function (...given) {
    names.add(String(given[0]));
    return stock.apply(this, given);
  };
  try {
    await runCommand(words);
    return names;
  } finally {
    delete (backend as Partial<typeof backend>).executeSingleOutput;
  }
}

const KEPT = 'WinnowConv2dKeptFilterGrad';
const common = ['--model', 'resnet8', '--dataset', 'synthetic', '--batch-size', '64', '--epochs', '1'];
const method = ['--method', 'random-pruning:sparsity=0.95'];

it('train leaves cut weights out as it is told, and keeps that with the run', async () => {
  const out = join(folder, 'auto');
  const words = ['train', ...common, ...method, '--no-tensorboard', '--out'];
  expect(await operationsOf([...words, out, '--execution', 'auto'])).toContain(KEPT);
  const { config, command } = await readTrainingResult(join(out, 'result.json'));
  expect(config.execution).toBe('auto');
  expect(command).toContain('--execution auto');
  const checkpoint = join(out, 'checkpoints', 'last.safetensors');
  expect(JSON.stringify((await readSafetensors(checkpoint)).metadata)).toMatch(/execution[^a-z]+auto/);

  await expect(runCommand([...words, out])).rejects.toThrow(
    /holds a run with other settings \(execution was "auto", is now "dense"\)/,
  );
  // Its files alone: the checkpoint says so, too.
  rmSync(join(out, 'config.json'));
  await expect(runCommand([...words, out])).rejects.toThrow(/execution/);
});

it('train computes densely unless told otherwise, and goes on with runs from before there was a choice', async () => {
  const out = join(folder, 'dense');
  const words = ['train', ...common, ...method, '--no-tensorboard', '--out', out];
  expect(await operationsOf(words)).not.toContain(KEPT);
  const file = join(out, 'config.json');
  const { execution, ...before } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  expect(execution).toBe('dense');
  writeFileSync(file, JSON.stringify(before));
  await expect(runCommand([...words, '--execution', 'sparse'])).rejects.toThrow(/execution/);
  await runCommand(words);
  const result = join(out, 'result.json');
  const { config, ...rest } = JSON.parse(readFileSync(result, 'utf8')) as { config: Record<string, unknown> };
  const { execution: _, ...older } = config;
  writeFileSync(result, JSON.stringify({ ...rest, config: older }));
  expect((await readTrainingResult(result)).config.execution).toBeUndefined();
});

it('sweep leaves cut weights out as it is told, and says so in its result', async () => {
  const words = ['sweep', ...common, ...method, '--sparsities', '0,0.5', '--reestimate-batches', '1', '--out'];
  const sparse = join(folder, 'sweep-sparse');
  expect(await operationsOf([...words, sparse, '--execution', 'sparse'])).toContain(KEPT);
  expect((await readSweepResult(`${sparse}.json`)).execution).toBe('sparse');
  const dense = join(folder, 'sweep-dense');
  expect(await operationsOf([...words, dense])).not.toContain(KEPT);
  expect((await readSweepResult(`${dense}.json`)).execution).toBeUndefined();
});

it.each(['train', 'sweep', 'compare', 'translate'])('%s refuses unknown words and names the nearest', async (name) => {
  await expect(runCommand([name, '--execution', 'spares'])).rejects.toThrow(
    `winnow ${name}: execution must be one of auto, dense, sparse, got "spares"; did you mean 'sparse'?`,
  );
});
