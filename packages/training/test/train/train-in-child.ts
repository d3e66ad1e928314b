/** Trains until its parent kills it. */

import { train } from '@winnow/training';
import { runOptions, smallDataset, smallModel } from './small-run.js';

process.stdout.write(`pid ${process.pid}\n`);
await train(smallModel(), smallDataset.train, {
  ...runOptions,
  checkpoint: { directory: process.argv[2] as string, everySteps: 3 },
  onStep: ({ step }) => process.stdout.write(`step ${step}\n`),
});
