#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { buildNative, nativeStatus } from './build.js';

const USAGE = `winnow-native build [--tensorflow DIRECTORY] [--verbose]   compile the addon (and the TensorFlow ops)
winnow-native status                                       say what is built`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tensorflow: { type: 'string' }, verbose: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  const tensorflow = values.tensorflow === undefined ? {} : { tensorflowDirectory: values.tensorflow };
  if (positionals[0] === 'status') {
    console.log(nativeStatus(tensorflow));
  } else if (positionals[0] === 'build') {
    const result = await buildNative({
      ...tensorflow,
      log: (line) => values.verbose && console.error(line),
      onProgress: ({ fraction, message }) => console.error(`${Math.round(fraction * 100)} % ${message}`),
    });
    console.log(`${result.built ? 'built' : 'up to date'}: ${result.directory}`);
  } else {
    console.log(USAGE);
    if (!values.help) process.exitCode = 2;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
