// Runs a TypeScript entry point from the sources. `start.mjs COMMAND …` runs the winnow command, `start.mjs --script
// FILE …` any other script. Only this file knows how TypeScript is loaded and which export condition selects the
// sources.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const isScript = args[0] === '--script';
const entry = isScript ? args[1] : 'packages/evaluation/src/cli/main.ts';
const rest = isScript ? args.slice(2) : args;

const child = spawn(
  process.execPath,
  [
    '--conditions=winnow-source',
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(new URL(`../${entry}`, import.meta.url)),
    ...rest,
  ],
  { stdio: 'inherit', env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' } },
);
// Ctrl-C reaches the whole process group. The child decides how to end; we pass its exit code on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
child.on('exit', (code, signal) =>
  process.exit(signal ? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGKILL: 9 }[signal] ?? 1) : (code ?? 1)),
);
