import { winnowCommand } from '@winnow/system/command';
import type { RunConfig } from './config.js';
import { SETTINGS } from './settings.js';

/** The option of a setting: `batchSize` is `--batch-size`. */
export function optionOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The command that repeats a run: the settings that are not the default ones. Where data lie is left to the reader. */
export function commandOf(config: RunConfig): string {
  const values = config as unknown as Record<string, unknown>;
  const options = SETTINGS.flatMap(({ key, default: standard }) => {
    const value = values[key];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(standard)) return [];
    if (key === 'dataDir') return ['--data-dir', 'DIR'];
    if (value === true) return [optionOf(key)];
    if (value === false) return [optionOf(key).replace('--', '--no-')];
    const text = Array.isArray(value) ? value.join(',') : String(value);
    return [optionOf(key), text];
  });
  return winnowCommand(['train', ...options, '--out', 'OUT']);
}
