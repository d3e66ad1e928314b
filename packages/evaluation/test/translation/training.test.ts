import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { targetedDropoutTransform } from '@winnow/baselines';
import { checkTranslationSettings, meanLoss, TRANSLATION_DEFAULTS } from '@winnow/evaluation';
import { greedyDecode } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { trainTask } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { backwards, setUp } from './backwards.js';

const directory = temporaryFolder();

const train = backwards(640, 1);
const validation = backwards(50, 2);

describe('a Transformer', () => {
  it('learns to translate backwards', async () => {
    const { model, task, optimizer } = setUp({ train, validation }, { dropout: 0 });
    const before = await meanLoss(model, validation);
    await trainTask(task, { epochs: 24, learningRate: { kind: 'one-cycle', peak: 0.01, warmup: 0.2 }, optimizer });
    expect(await meanLoss(model, validation)).toBeLessThan(0.1 * before);
    const longest = Math.max(...validation.source.map(({ length }) => length)) + 1;
    const padded = validation.source.map((words) => [...words, 2, 0, 0, 0, 0].slice(0, longest));
    const found = greedyDecode(model, tf.tensor2d(padded, undefined, 'int32'), { start: 1, end: 2 });
    const right = found.filter((words, i) => String(words) === String(validation.target[i]));
    expect(right.length).toBeGreaterThan(45);
    model.dispose();
    optimizer.dispose();
  });

  it('that is interrupted and resumed ends in the same bits, with dropout and a weight transform', async () => {
    const transform = () => targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5, seed: 1, rampSteps: 10 });
    const weights = async (stopAfter: readonly number[]) => {
      const checkpoints = mkdtempSync(join(directory, 'checkpoints-'));
      for (const stop of [...stopAfter, Number.POSITIVE_INFINITY]) {
        const { model, task, optimizer } = setUp({ train, validation }, { dropout: 0.2, transform: transform() });
        const controller = new AbortController();
        await trainTask(task, {
          epochs: 2,
          learningRate: { kind: 'one-cycle', peak: 0.01, warmup: 0.2 },
          optimizer,
          checkpoint: { directory: checkpoints },
          signal: controller.signal,
          observers: [{ onStep: ({ step }) => (step === stop ? controller.abort() : undefined) }],
        });
        const result = [...model.variables].map(([path, variable]) => [path, [...variable.dataSync()]]);
        model.dispose();
        optimizer.dispose();
        if (stop === Number.POSITIVE_INFINITY) return result;
      }
      return undefined;
    };
    expect(await weights([3, 25])).toEqual(await weights([]));
  });
});

describe('the settings of a translation run', () => {
  it.each([
    [{ epochs: 0 }, 'run: epochs must be an integer ≥ 1, got 0'],
    [{ dropout: 1 }, 'run: dropout must be a number in [0, 1), got 1'],
    [{ vocabularySize: 100 }, 'run: vocabularySize must be an integer ≥ 259, got 100'],
    [{ learningRate: Number.NaN }, 'run: learningRate must be a number > 0, got NaN'],
    [{ size: 'huge' as 'base' }, 'run: size must be one of base, small, got "huge"'],
    [{ lengthPenalty: -1 }, 'run: lengthPenalty must be a number ≥ 0, got -1'],
  ])('refuse %o', (given, message) => {
    expect(() => checkTranslationSettings('run', { ...TRANSLATION_DEFAULTS, ...given })).toThrow(message);
  });
});
