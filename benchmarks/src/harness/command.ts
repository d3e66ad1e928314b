/** What all benchmark commands share. */

import { loadavg } from 'node:os';
import { buildNative } from '@winnow/native/build';
import { obstacleToFile, writeFileAtomic } from '@winnow/system/files';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import { Command, InvalidArgumentError } from 'commander';
import { describeEnvironment } from './environment.js';
import { installPeers } from './peer-environment.js';

/** Options of every benchmark command. */
export interface CommonOptions {
  json?: string;
  only?: string;
  rounds: string;
  turn: string;
  list?: boolean;
}

/** A command with the common options. */
export function benchmarkCommand(name: string, description: string, turn: string): Command {
  return new Command(name)
    .description(description)
    .option('--json <file>', 'write the rows and the environment they were measured in', (file) => writable(file, file))
    .option('--only <text>', 'only cases whose name contains this')
    .option('--rounds <n>', 'number of turns per side', '10')
    .option('--turn <seconds>', 'length of a turn', turn)
    .option('--list', 'list the cases and exit');
}

/**
 * An option's path, refused before anything is measured if its files cannot be written.
 * @throws InvalidArgumentError naming what is in the way
 */
export function writable(path: string, ...files: readonly string[]): string {
  const obstacle = path === '' ? 'It is empty' : files.map(obstacleToFile).find((one) => one !== undefined);
  if (obstacle !== undefined) throw new InvalidArgumentError(`${obstacle}.`);
  return path;
}

/** Whether a case was requested. */
export const wanted =
  ({ only }: CommonOptions) =>
  ({ name }: { name: string }): boolean =>
    only === undefined || name.includes(only);

/** Installs and builds everything the sides need. */
export async function prepareSides(): Promise<Record<string, unknown>> {
  installPeers();
  const { directory } = await setupTensorflow({ quiet: true });
  await buildNative({ tensorflowDirectory: directory });
  return describeEnvironment();
}

/** Writes a result file. */
export async function writeResult(
  file: string,
  environment: Record<string, unknown>,
  result: Record<string, unknown>,
): Promise<void> {
  const whole = { environment: { ...environment, loadAverageAtEnd: loadavg()[0] }, ...result };
  await writeFileAtomic(file, `${JSON.stringify(whole, null, 1)}\n`);
}

/** Prints one line per row while the benchmark runs. */
export function reportRows(
  rows: readonly { case: string; peerName: string; ours: number; peer: number; ratio: number; unit: string }[],
): void {
  for (const { case: name, peerName, ours, peer, ratio, unit } of rows) {
    process.stderr.write(
      `${name} ${peerName}: ${ours.toFixed(3)} : ${peer.toFixed(3)} ${unit}, ratio ${ratio.toFixed(2)}\n`,
    );
  }
}
