/** The `winnow-native` command. */
import { parseArgs } from 'node:util';
import { type BuildOptions, type BuildResult, buildNative, nativeStatus } from './builder/build.js';
import { setupNative } from './setup.js';

const USAGE = `\
winnow-native setup [--verbose]                            make ready what is missing: the addon, and where
                                                           @winnow/tensorflow is installed TensorFlow with its
                                                           operations
winnow-native build [--tensorflow DIRECTORY] [--verbose]   compile the addon (and the operations for that TensorFlow)
winnow-native status                                       say what is built`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tensorflow: { type: 'string' }, verbose: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  const tensorflow = values.tensorflow === undefined ? {} : { tensorflowDirectory: values.tensorflow };
  const shown: BuildOptions = {
    log: (line) => values.verbose && console.error(line),
    onProgress: ({ fraction, message }) => console.error(`${Math.round(fraction * 100)} % ${message}`),
  };
  if (positionals[0] === 'status') {
    console.log(nativeStatus(tensorflow));
  } else if (positionals[0] === 'setup') {
    say(await setupNative(shown));
  } else if (positionals[0] === 'build') {
    say(await buildNative({ ...tensorflow, ...shown }));
  } else {
    console.log(USAGE);
    if (!values.help) process.exitCode = 2;
  }
}

function say({ built, directory, tensorflowOps }: BuildResult): void {
  const what = tensorflowOps ? "the addon and TensorFlow's operations" : 'the addon';
  console.log(`${built ? 'built' : 'up to date'}: ${what} in ${directory}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
