import { buildNative, isUpToDate } from '@winnow/native/build';
import { startProgress } from '@winnow/system/progress';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import type { Command } from 'commander';

/** Fetches TensorFlow and compiles binding and addon, as far as they are missing, with progress. */
async function ensureRuntime(): Promise<void> {
  const { directory: tensorflowDirectory } = await setupTensorflow();
  if (isUpToDate({ tensorflowDirectory })) return;
  const progress = startProgress({ title: 'Compiling the addon', total: 100, unit: '%' });
  try {
    await buildNative({ tensorflowDirectory, onProgress: ({ fraction }) => progress.update(100 * fraction) });
  } finally {
    progress.stop();
  }
}

/**
 * Sets TensorFlow up, then loads a module that needs it: `withTensorflow(() => import('…'))`. Every other import of the
 * command line, static or dynamic, must do without TensorFlow; test/module-graph.test.ts walks them all.
 */
export async function withTensorflow<Module>(load: () => Promise<Module>): Promise<Module> {
  await ensureRuntime();
  return load();
}

/** A signal that Ctrl-C and SIGTERM abort; a second Ctrl-C ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    process.stderr.write('\nStopping after this step; progress is saved. Press Ctrl-C again to stop at once.\n');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}

/** `winnow setup` */
export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('fetch TensorFlow and compile the native addon if they are missing')
    .action(async () => {
      await ensureRuntime();
      process.stdout.write('TensorFlow and the addon are ready.\n');
    });
}
