import { Command } from 'commander';
import { addCompare } from '../../src/cli/compare.js';
import { addDemo } from '../../src/cli/demo.js';
import { addProfile } from '../../src/cli/profile.js';
import { addReport } from '../../src/cli/report.js';
import { addSweep } from '../../src/cli/sweep.js';
import { addTrain } from '../../src/cli/train.js';
import { addTranslate } from '../../src/cli/translate.js';

/** Runs a command of `winnow` in this process: a tenth of the time that one of its own takes. @throws what it throws */
export async function runCommand(words: readonly string[]): Promise<void> {
  const program = new Command().exitOverride();
  for (const add of [addCompare, addDemo, addProfile, addReport, addSweep, addTrain, addTranslate]) add(program);
  await program.parseAsync(words, { from: 'user' });
}
