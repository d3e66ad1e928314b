import { spawnSync } from 'node:child_process';
import { NativeAddonError } from '../errors.js';

/** CMake's oldest version that CMakeLists.txt accepts. */
const CMAKE_VERSION = [3, 20] as const;

const PROBE = '#include <optional>\nint main() { return std::optional<int>(1).value() - 1; }\n';

function firstLine(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n', 1)[0]?.trim() : undefined;
}

/**
 * The compiler CMake will choose (CXX, else c++, g++, clang++) and the first line of its version; undefined if none.
 */
export function findCompiler(): { program: string; version: string } | undefined {
  const chosen = process.env['CXX'];
  for (const program of chosen ? [chosen] : ['c++', 'g++', 'clang++']) {
    const version = firstLine(program);
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

/**
 * Checks that a build can work here.
 * @throws {NativeAddonError} PLATFORM_UNSUPPORTED, CMAKE_MISSING or COMPILER_MISSING, with the command that installs
 * it.
 */
export function requireBuildTools(): void {
  if (process.platform === 'win32') {
    throw new NativeAddonError('PLATFORM_UNSUPPORTED', "Winnow's addon builds on Linux and macOS, not on Windows.", {
      command: 'use WSL 2',
    });
  }
  const cmake = firstLine('cmake');
  const version = cmake
    ?.match(/(\d+)\.(\d+)/)
    ?.slice(1)
    .map(Number);
  const [major = 0, minor = 0] = version ?? [];
  if (major < CMAKE_VERSION[0] || (major === CMAKE_VERSION[0] && minor < CMAKE_VERSION[1])) {
    throw new NativeAddonError(
      'CMAKE_MISSING',
      `Building Winnow's addon needs CMake ${CMAKE_VERSION.join('.')} or newer.`,
      {
        tried: [cmake === undefined ? 'cmake: not found on PATH' : `cmake: ${cmake}`],
        command:
          process.platform === 'darwin'
            ? 'brew install cmake'
            : 'sudo apt-get install cmake  (or: python3 -m pip install cmake)',
      },
    );
  }
  const compiler = findCompiler();
  const command = process.platform === 'darwin' ? 'xcode-select --install' : 'sudo apt-get install g++ make';
  if (!compiler) {
    const tried = process.env['CXX']
      ? [`CXX=${process.env['CXX']}: does not run`]
      : ['c++, g++, clang++: not found on PATH'];
    throw new NativeAddonError('COMPILER_MISSING', "Building Winnow's addon needs a C++17 compiler.", {
      tried,
      command,
    });
  }
  const probe = spawnSync(compiler.program, ['-std=c++17', '-fsyntax-only', '-x', 'c++', '-'], {
    input: PROBE,
    encoding: 'utf8',
  });
  if (probe.status !== 0) {
    throw new NativeAddonError('COMPILER_MISSING', "Building Winnow's addon needs a C++17 compiler.", {
      tried: [`${compiler.program} (${compiler.version}): ${probe.stderr.split('\n', 1)[0]}`],
      command,
    });
  }
}
