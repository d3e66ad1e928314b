/** Trains on examples of one's own until its parent kills it. */

import { train } from '@winnow/training';
import { ownExamples, ownModel, ownOptions, ownStream } from './own-run.js';

const [, , directory, name] = process.argv as [string, string, string, string];
const data = name === 'examples' ? ownExamples() : ownStream();
process.stdout.write(`pid ${process.pid}\n`);
await train(ownModel(), data, {
  ...ownOptions(data),
  epochs: 3,
  checkpoint: { directory, everySteps: 1 },
  observers: [{ onStep: ({ step }) => process.stdout.write(`step ${step}\n`) }],
});
