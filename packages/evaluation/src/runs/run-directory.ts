import { existsSync, mkdirSync } from 'node:fs';
import { writeFileAtomicSync, writing } from '@winnow/system/files';
import { firstDifference } from '@winnow/training';
import { readSettings } from '../schema/settings.js';
import { checkRunData, type RunData, refuseOtherData, writeRunData } from './run-data.js';
import { RunFiles } from './run-files.js';
import type { RunConfig } from './settings.js';

/** The directory of one run, which holds no other. */
export class RunDirectory extends RunFiles {
  /**
   * @throws Error if the directory holds a run of another configuration; names the first difference. ResultFileError if
   *   it holds no run, and a `data.json` of somebody else's
   */
  check(config: RunConfig): void {
    if (!existsSync(this.config)) {
      refuseOtherData(this.data);
      return;
    }
    const kept = { ...SINCE, ...readSettings(this.config) };
    const difference = firstDifference(decisive(kept), decisive({ ...config }));
    if (difference) {
      throw new Error(`${this.path} holds a run with other settings (${difference}); choose another directory`);
    }
  }

  /**
   * @throws Error if the directory holds a run on other data, or one that does not say on which; names both, and what
   *   to do
   */
  checkData(data: RunData): void {
    if (!existsSync(this.config)) return;
    const { dataDir } = readSettings(this.config);
    checkRunData(this.data, this.path, data, typeof dataDir === 'string' ? dataDir : undefined);
  }

  /** Writes the effective configuration and what the run is trained on: from now on the directory is this run's. */
  claim(config: RunConfig, data: RunData): void {
    writing(this.path, () => mkdirSync(this.path, { recursive: true }));
    // First: a directory counts as a run's once it has a configuration.
    writeRunData(this.data, data);
    writeFileAtomicSync(this.config, `${JSON.stringify(config, null, 2)}\n`);
  }
}

/** What settings were that configurations of earlier versions do not have. */
const SINCE: Partial<RunConfig> = { execution: 'dense' };

/** Settings that do not change a run's result: where its data lie, what it reports and how often. */
const INDIFFERENT = new Set(['dataDir', 'logEvery', 'checkpointEvery', 'tensorboard', 'histogramEvery']);

function decisive(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !INDIFFERENT.has(key)));
}
