import { diagnoseTensorflow, locateTensorflow, type SetupOptions, setupTensorflow, TensorFlowError } from './setup.js';

const usage = `Usage: winnow-tensorflow <command>

  setup [--build cpu|cuda] [--quiet]   fetch TensorFlow into the cache and compile tfjs-node's binding
  doctor                               show what is installed and what is wrong
`;

/**
 * Runs the `winnow-tensorflow` command.
 *
 * @param args the command line after the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === 'setup') return await setup(rest);
    if (command === 'doctor' && rest.length === 0) return doctor();
  } catch (error) {
    if (!(error instanceof TensorFlowError)) throw error;
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return 1;
  }
  const isHelp = command === 'help' || command === '--help' || command === '-h';
  (isHelp ? process.stdout : process.stderr).write(usage);
  return isHelp ? 0 : 2;
}

async function setup(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    process.stderr.write(usage);
    return 2;
  }
  const { version, build, directory } = await setupTensorflow(options);
  process.stdout.write(`TensorFlow ${version} (${build}) is ready in ${directory}\n`);
  if (locateTensorflow().build !== build) process.stdout.write(`To use it: export WINNOW_TENSORFLOW_BUILD=${build}\n`);
  return 0;
}

function parse(args: readonly string[]): SetupOptions | undefined {
  let options: SetupOptions = {};
  for (let i = 0; i < args.length; i++) {
    const build = args[i] === '--build' ? args[++i] : undefined;
    if (build === 'cpu' || build === 'cuda') options = { ...options, build };
    else if (args[i] === '--quiet') options = { ...options, quiet: true };
    else return undefined;
  }
  return options;
}

function doctor(): number {
  const { findings, ready } = diagnoseTensorflow();
  for (const { name, text, problem } of findings) {
    process.stdout.write(`${problem ? '✗' : '✓'} ${name.padEnd(10)} ${text}\n`);
    if (problem) process.stdout.write(`  ${''.padEnd(10)} ${problem.code}; to mend it: ${problem.command}\n`);
  }
  return ready ? 0 : 1;
}
