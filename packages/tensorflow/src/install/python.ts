import { spawnSync } from 'node:child_process';
import type { Environment } from '@winnow/system/cache';
import { TensorFlowError } from '../errors.js';
import { advice } from './advice.js';

/** A Python interpreter that can run the download. */
export interface Python {
  readonly command: string;
  readonly version: string;
}

const mendPython = 'apt-get install python3 python3-pip, or set WINNOW_PYTHON to a Python 3.8 or newer';

/**
 * Finds a Python: the one named by WINNOW_PYTHON, else `python3`, else `python`.
 *
 * @throws TensorFlowError NO_PYTHON if none of them runs or all are older than 3.8
 */
export function findPython(env: Environment = process.env): Python {
  const chosen = env['WINNOW_PYTHON'];
  const tried: string[] = [];
  for (const command of chosen ? [chosen] : ['python3', 'python']) {
    const code = 'import sys; print("%d.%d.%d" % sys.version_info[:3])';
    const answer = spawnSync(command, ['-c', code], { env: { ...env }, encoding: 'utf8' });
    const version = answer.status === 0 ? answer.stdout.trim() : '';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > 3 || (major === 3 && minor >= 8)) return { command, version };
    tried.push(
      `${command} ${version ? `is Python ${version}` : (answer.error?.message ?? `ends with ${answer.status}`)}`,
    );
  }
  const reason = `Fetching TensorFlow needs Python, but no usable one was found (${tried.join('; ')}).`;
  throw new TensorFlowError('NO_PYTHON', reason, mendPython);
}

/**
 * The version line of this Python's pip.
 *
 * @throws TensorFlowError NO_PIP if it has none
 */
export function findPip(python: Python, env: Environment = process.env): string {
  const answer = spawnSync(python.command, ['-m', 'pip', '--version'], { env: { ...env }, encoding: 'utf8' });
  if (answer.status === 0) return answer.stdout.split(' from ')[0]!.trim();
  throw new TensorFlowError('NO_PIP', `${python.command} has no pip.`, advice('NO_PIP'));
}
