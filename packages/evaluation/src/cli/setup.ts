import { buildNative } from '@winnow/native';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import type { Command } from 'commander';

/** Fetches TensorFlow and compiles binding and addon, as far as they are missing. */
export async function ensureRuntime(): Promise<void> {
  const { directory } = await setupTensorflow();
  await buildNative({ tensorflowDirectory: directory });
}

/** `winnow setup` */
export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('fetch TensorFlow and compile the native addon, as far as they are missing')
    .action(ensureRuntime);
}
