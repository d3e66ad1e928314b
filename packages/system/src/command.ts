import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** In Winnow's workspace its root; in an installed package a folder of node_modules, which is no workspace. */
const above = fileURLToPath(new URL('../../../', import.meta.url));

/** Where this code runs; tests give another place. */
export interface Place {
  /** The root of Winnow's workspace, or the folder that would be it. */
  readonly workspace?: string;
  /** Where the reader types: npx looks for a command from here upwards. */
  readonly directory?: string;
}

/**
 * What the reader types to run `winnow ARGS` here: through the workspace's own pnpm in a clone of Winnow, with npx in
 * any other project. Arguments that a shell would take apart are quoted.
 */
export function winnowCommand(args: readonly string[], place: Place = {}): string {
  const manager = packageManager(place.workspace ?? above);
  const words = manager === undefined ? ['npx', 'winnow'] : ['npx', '-y', manager, 'winnow'];
  return [...words, ...args.map(quoted)].join(' ');
}

/**
 * The one command that makes all of Winnow that is installed here ready: TensorFlow, the addon and its TensorFlow
 * operations, as far as they are missing. `winnow` itself comes with @winnow/evaluation; a project without that package
 * has the commands of @winnow/native or @winnow/tensorflow, of which the first also sets up a TensorFlow that is
 * installed.
 *
 * @param own the file of the asking package's own command: it is there even where npx finds none from the current
 *   directory
 */
export function setupCommand(own: string, place: Place = {}): string {
  if (packageManager(place.workspace ?? above) !== undefined) return winnowCommand(['setup'], place);
  const directory = place.directory ?? process.cwd();
  const command = ['winnow', 'winnow-native', 'winnow-tensorflow'].find((name) => isInstalled(name, directory));
  return command === undefined ? `node ${quoted(own)} setup` : `npx ${command} setup`;
}

/** The pnpm that the workspace names, such as `pnpm@10.0.0`; undefined outside of it. */
function packageManager(workspace: string): string | undefined {
  if (!existsSync(join(workspace, 'pnpm-workspace.yaml'))) return undefined;
  const manifest = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')) as { packageManager?: string };
  return manifest.packageManager;
}

function isInstalled(command: string, directory: string): boolean {
  if (existsSync(join(directory, 'node_modules', '.bin', command))) return true;
  const parent = dirname(directory);
  return parent !== directory && isInstalled(command, parent);
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
