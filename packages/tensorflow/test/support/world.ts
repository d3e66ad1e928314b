import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** An environment with an empty cache, in which pip knows one index and nothing of this machine's configuration. */
export function isolatedEnvironment(cache: string, indexUrl: string): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PIP_|WINNOW_)|proxy$/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    WINNOW_CACHE: cache,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: indexUrl,
    PIP_RETRIES: '0',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
}

/** A Node process on the TypeScript sources. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
  /** Resolves as soon as standard output holds the text. */
  said(text: string): Promise<void>;
}

/** Starts a script of `test/support` the way `scripts/start.mjs` starts commands. */
export function startChild(script: string, args: readonly string[], env: Record<string, string | undefined>): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const options = ['--conditions=winnow-source', '--import', import.meta.resolve('tsx'), path, ...args];
  // A process group of its own, so that a test can press Ctrl-C for all of it.
  const child = spawn(process.execPath, options, { env, detached: true });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (data) => {
    stdout += data;
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<Awaited<Child['ended']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    process: child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => stdout.includes(text) && resolve();
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without saying ${text}: ${stdout}${stderr}`)));
      }),
  };
}
