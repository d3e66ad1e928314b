import { spawnSync } from 'node:child_process';
import type { Environment } from '@winnow/system/cache';
import { TensorFlowError } from '../errors.js';

/** A program and the first line of its version output. */
export interface Tool {
  readonly command: string;
  readonly version: string;
}

/**
 * Finds the C++ compiler that CMake will choose: `$CXX`, else the usual names.
 *
 * @throws TensorFlowError NO_COMPILER if none runs
 */
export function findCompiler(env: Environment = process.env): Tool {
  // $CXX may contain a launcher or options too.
  const chosen = env['CXX']?.trim().split(/\s+/)[0];
  const found = firstThatRuns(chosen ? [chosen] : ['c++', 'g++', 'clang++'], env);
  if (found) return found;
  throw new TensorFlowError(
    'NO_COMPILER',
    'A C++17 compiler is needed to compile tfjs-node against TensorFlow, ' +
      'but neither $CXX nor c++, g++ or clang++ runs.',
    'apt-get install g++ make',
  );
}

/**
 * Finds CMake and the build program it will use.
 *
 * @throws TensorFlowError NO_CMAKE if CMake is missing, or both Ninja and make are
 */
export function findCmake(env: Environment = process.env): Tool {
  const cmake = firstThatRuns(['cmake'], env);
  if (!cmake) {
    const reason = 'CMake is needed to compile tfjs-node against TensorFlow, but there is no cmake on the PATH.';
    throw new TensorFlowError('NO_CMAKE', reason, 'apt-get install cmake make');
  }
  if (!firstThatRuns(['ninja', 'make'], env)) {
    throw new TensorFlowError(
      'NO_CMAKE',
      'CMake needs make or ninja, but neither is on the PATH.',
      'apt-get install make',
    );
  }
  return cmake;
}

function firstThatRuns(commands: readonly string[], env: Environment): Tool | undefined {
  for (const command of commands) {
    const answer = spawnSync(command, ['--version'], { env: { ...env }, encoding: 'utf8' });
    if (answer.status === 0) return { command, version: answer.stdout.split('\n')[0] ?? '' };
  }
  return undefined;
}
