#!/usr/bin/env node
/**
 * The `winnow` command. Commands load what they need when they run, so that `doctor` works where TensorFlow does not.
 */

import { printableLines } from '@winnow/system/printable';
import { Command, CommanderError } from 'commander';
import { addCompare } from './compare.js';
import { addDemo } from './demo.js';
import { addDoctor } from './doctor.js';
import { addInspect } from './inspect.js';
import { addLists } from './lists.js';
import { addProfile } from './profile.js';
import { addReport } from './report.js';
import { addSetup } from './setup.js';
import { addSweep } from './sweep.js';
import { addTrain } from './train.js';
import { addTranslate } from './translate.js';

const program = new Command('winnow')
  .description('Train sparse neural networks: rank the weights, drop the weak ones while training, prune, measure.')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });
for (const add of [
  addSetup,
  addDoctor,
  addDemo,
  addTrain,
  addTranslate,
  addSweep,
  addCompare,
  addProfile,
  addReport,
  addInspect,
  addLists,
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode);
  const isInterrupted = error instanceof Error && error.name === 'InterruptedError';
  const message = error instanceof Error ? error.message : String(error);
  // Messages about settings begin with the command: `winnow sweep: …`.
  const prefix = isInterrupted || message.startsWith('winnow ') ? '' : 'winnow: ';
  // Names in it may come from files.
  process.stderr.write(`\n${prefix}${printableLines(message)}\n`);
  if (process.env['WINNOW_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(isInterrupted ? 130 : 1);
}
