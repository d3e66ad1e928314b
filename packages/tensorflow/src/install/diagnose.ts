import { cacheDirectory, type Environment } from '@winnow/system/cache';
import { TensorFlowError } from '../errors.js';
import { locate } from '../locate.js';
import { type Platform, requirePlatform, thisPlatform } from './platform.js';
import { findPip, findPython } from './python.js';
import { findCmake, findCompiler } from './tools.js';

/** One line of a diagnosis. */
export interface Finding {
  readonly name: string;
  /** What was found, or what is wrong. */
  readonly text: string;
  /** Present if something is wrong. */
  readonly problem?: TensorFlowError;
}

/** Result of `diagnoseTensorflow`. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Whether TensorFlow can be loaded. If so, a missing compiler, for example, is no problem. */
  readonly ready: boolean;
}

/** Checks everything the setup needs and everything it has installed. Changes nothing and does not load TensorFlow. */
export function diagnoseTensorflow(env: Environment = process.env, platform: Platform = thisPlatform()): Diagnosis {
  const findings: Finding[] = [
    examine('platform', () => {
      requirePlatform(platform);
      return `${platform.os} ${platform.arch}, glibc ${platform.glibc}`;
    }),
    { name: 'Node', text: process.version },
    examine('Python', () => {
      const python = findPython(env);
      return `${python.version} (${python.command}), ${findPip(python, env)}`;
    }),
    examine('compiler', () => findCompiler(env).version),
    examine('CMake', () => findCmake(env).version),
    { name: 'cache', text: cacheDirectory(env) },
  ];
  let ready = false;
  const tensorflow = examine('TensorFlow', () => {
    const location = locate({ env });
    const [problem] = location.problems;
    if (problem) throw problem;
    ready = true;
    return `${location.version} (${location.build}) in ${location.directory}`;
  });
  return { findings: [...findings, tensorflow], ready };
}

function examine(name: string, look: () => string): Finding {
  try {
    return { name, text: look() };
  } catch (error) {
    if (!(error instanceof TensorFlowError)) throw error;
    return { name, text: error.reason, problem: error };
  }
}
