import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '@winnow/system/cache';
import { temporaryFolder } from './temporary-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };

/** A folder of a user's, where nothing knows of the workspace, with a home that holds no settings. */
export class OutsideProject {
  readonly directory = temporaryFolder();
  readonly environment: NodeJS.ProcessEnv;

  constructor(manifest: object = {}) {
    // What the running pnpm tells its scripts is not for a project outside.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm|winnow)_/i.test(name));
    const ask = (...words: [string, ...string[]]) =>
      execFileSync(words[0], words.slice(1), { encoding: 'utf8', env: Object.fromEntries(inherited) }).trim();
    const home = join(this.directory, 'home');
    mkdirSync(home);
    this.environment = {
      ...Object.fromEntries(inherited),
      NODE_OPTIONS: '',
      HOME: home,
      // Downloads that are there already.
      WINNOW_CACHE: cacheDirectory(),
      npm_config_cache: ask('npm', 'config', 'get', 'cache'),
      npm_config_store_dir: ask('npx', '-y', packageManager, 'store', 'path'),
    };
    this.write('package.json', JSON.stringify({ name: 'outside', private: true, ...manifest }));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  /** Runs a program in the project and returns what it prints. */
  run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
    const env = { ...this.environment, ...environment };
    return execFileSync(program, args, { cwd: this.directory, encoding: 'utf8', env, stdio: 'pipe' });
  }

  /** The last line that a script prints, as JSON. */
  json(script: string): unknown {
    return JSON.parse(this.run(process.execPath, [script]).trim().split('\n').at(-1)!);
  }

  pnpm(...args: string[]): string {
    return this.run('npx', ['-y', packageManager, ...args]);
  }
}
