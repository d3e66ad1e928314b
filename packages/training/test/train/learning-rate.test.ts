import { readFileSync } from 'node:fs';
import { checkSchedule, type LearningRateSchedule, learningRateAt } from '@winnow/training';
import { describe, expect, it } from 'vitest';

const golden = JSON.parse(readFileSync(new URL('./golden/schedules.json', import.meta.url), 'utf8')) as {
  totalSteps: number;
  cases: { schedule: LearningRateSchedule; rates: number[] }[];
};

describe('learningRateAt', () => {
  it.each(golden.cases.map(({ schedule, rates }) => [schedule.kind, schedule, rates] as const))(
    "has PyTorch's rates: %s",
    (_, schedule, rates) => {
      checkSchedule('test', schedule, golden.totalSteps);
      expect(rates).toHaveLength(golden.totalSteps);
      rates.forEach((rate, step) => {
        expect(Math.abs(learningRateAt(schedule, step, golden.totalSteps) - rate)).toBeLessThan(1e-12);
      });
    },
  );

  it('warms up before any schedule, which then gets the remaining steps', () => {
    const main: LearningRateSchedule = { kind: 'piecewise', rate: 0.8, at: [0.5], factor: 0.5 };
    const rates = Array.from({ length: 14 }, (_, step) =>
      learningRateAt({ kind: 'warm-up', steps: 4, main }, step, 14),
    );
    const rounded = rates.map((rate) => Number(rate.toFixed(6)));
    expect(rounded).toEqual([0.2, 0.35, 0.5, 0.65, 0.8, 0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.4]);
  });
});

describe('checkSchedule', () => {
  const constant: LearningRateSchedule = { kind: 'constant', rate: 1 };
  it.each<[unknown, string]>([
    [
      { kind: 'triangle' },
      'learningRate.kind must be one of constant, one-cycle, piecewise, cosine, inverse-square-root',
    ],
    [{ kind: 'constant', rate: 0 }, 'constant learning rate: rate must be > 0, got 0'],
    [{ kind: 'one-cycle', peak: 1, warmup: 1 }, 'warmup must be in [0, 1), got 1'],
    [{ kind: 'piecewise', rate: 1, at: [0.5, 2], factor: 1 }, 'at must be fractions in [0, 1), got [0.5,2]'],
    [{ kind: 'cosine', rate: 1, final: 2 }, 'final must be in [0, 1] (the rate), got 2'],
    [{ kind: 'inverse-square-root', peak: 1, warmupSteps: 0 }, 'warmupSteps must be an integer ≥ 1, got 0'],
    [{ kind: 'warm-up', steps: 20, main: constant }, 'steps must be an integer in [1, 19] (fewer than the run has)'],
    [{ kind: 'warm-up', steps: 2, main: { kind: 'constant', rate: -1 } }, 'constant learning rate: rate must be > 0'],
    [{ kind: 'warm-up', steps: 2, main: { kind: 'warm-up', steps: 2, main: constant } }, 'any schedule except warm-up'],
  ])('refuses %o', (schedule, message) => {
    const check = () => checkSchedule('test', schedule as LearningRateSchedule, 20);
    expect(check).toThrow(RangeError);
    expect(check).toThrow(message);
  });
});
