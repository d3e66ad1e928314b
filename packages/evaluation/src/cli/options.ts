import { parse } from 'node:path';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { checkOutputs, type Outputs } from '../runs/outputs.js';
import { checkOutsideData } from '../runs/outside-data.js';
import { checkSettings, readOptions, readSettings, settingsIn } from '../schema/settings.js';

/** A command that is run by settings, from the command line, a file or both. */
export interface SettingsCommand<Settings extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly settings: Settings;
  /** Where results go: how help shows the value of `--out`, what it says, the default, and what is written there. */
  readonly out: {
    readonly value: 'directory' | 'path';
    readonly summary: string;
    readonly default: string;
    outputs(out: string, settings: z.output<Settings>): Outputs;
  };
  /** @param out as it was given */
  run(settings: z.output<Settings>, out: string): Promise<void>;
}

/**
 * Adds a command with an option for every setting, `--config` and `--out`. Settings, and that all can be written which
 * goes below `--out`, are checked before anything is loaded.
 */
export function addSettingsCommand<Settings extends z.ZodObject>(
  program: Command,
  { name, description, settings, out, run }: SettingsCommand<Settings>,
): void {
  const source = `winnow ${name}`;
  const command = program.command(name).description(description);
  addSettingsOptions(command, settings);
  command.option(`--out <${out.value}>`, withDefault(out.summary, out.default));
  command.option('--config <file>', 'a JSON file of settings; options of the command line override it');
  command.action(async ({ config: file, out: path = out.default, ...given }: Record<string, unknown>) => {
    const kept = file === undefined ? {} : readSettings(String(file));
    // Each source is checked by itself first, so that a message names the one that is wrong.
    if (file !== undefined) checkSettings(settings, kept, String(file));
    const checked = checkSettings(settings, { ...kept, ...readOptions(settings, given) }, source, given);
    const outputs = out.outputs(String(path), checked);
    checkOutputs(`${source}: --out`, String(path), outputs);
    const { dataDir } = checked as { dataDir?: string };
    checkOutsideData(`${source}: --out`, String(path), outputs, dataDir);
    await run(checked, String(path));
  });
}

/** Adds an option for every setting. */
export function addSettingsOptions(command: Command, settings: z.ZodObject): Command {
  for (const option of optionsOf(settings)) command.addOption(option);
  return command;
}

/** The path that several files are named after, where one of those files is given in its place: `sweep.json`. */
export function withoutExtension(path: string, extensions: readonly string[]): string {
  const { ext } = parse(path);
  return extensions.includes(ext.toLowerCase()) ? path.slice(0, -ext.length) : path;
}

/** Where a command keeps what it has done so far, beside its results. @param path that those are named after */
export function workDirectoryOf(path: string): string {
  return `${path}.work`;
}

/** The options of settings. None has a default of its own: what is not given must not override a file. */
function optionsOf(settings: z.ZodObject): Option[] {
  return settingsIn(settings).flatMap(({ option, value, summary, repeats, default: standard }) => {
    const text = withDefault(summary, standard);
    if (value === undefined) {
      // A switch has both forms; help shows the one that changes something.
      const isOn = standard === true;
      const positive = new Option(option, text).hideHelp(isOn);
      return [positive, new Option(option.replace('--', '--no-'), `do not ${summary}`).hideHelp(!isOn)];
    }
    const taking = new Option(`${option} <${value}>`, text);
    const collect = (one: string, previous?: string[]) => [...(previous ?? []), one];
    return [repeats ? taking.argParser<string[]>(collect) : taking];
  });
}

function withDefault(summary: string, standard: unknown): string {
  if (standard === undefined || standard === false) return summary;
  return `${summary} (default: ${Array.isArray(standard) ? standard.join(',') : standard})`;
}
