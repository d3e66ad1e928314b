import { join } from 'node:path';
import { seededDropout, wideResNet } from '@winnow/models';
import { train } from '@winnow/training';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { runOptions, smallDataset, weightBits } from './small-run.js';

const directory = temporaryFolder();

const make = () => wideResNet({ depth: 10, widen: 1, dropout: 0.3, inputShape: [8, 8, 1], classes: 4, seed: 3 });

it('draws the same masks in a run that was interrupted and resumed', async () => {
  const whole = make();
  await train(whole, smallDataset.train, { ...runOptions, epochs: 1 });
  expect(seededDropout(whole)!.step.value).toBe(9);

  const stop = new AbortController();
  const options = { ...runOptions, epochs: 1, checkpoint: { directory: join(directory, 'run') } };
  const first = await train(make(), smallDataset.train, {
    ...options,
    signal: stop.signal,
    onStep: ({ step }) => {
      if (step === 4) stop.abort();
    },
  });
  expect(first).toMatchObject({ steps: 4, interrupted: true });
  const resumed = make();
  await train(resumed, smallDataset.train, options);
  expect(weightBits(resumed)).toEqual(weightBits(whole));
});
