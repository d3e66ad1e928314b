/** Learning-rate schedules: the rate as a pure function of the step and the run's configuration. */

/** A schedule as plain data, so that result files can name it. `learningRateAt` computes its rate. */
export type LearningRateSchedule =
  | { kind: 'constant'; rate: number }
  /**
   * Rises linearly from peak/25 to `peak` over the first `warmup` fraction of all steps, then falls linearly to
   * peak/10⁴.
   */
  | { kind: 'one-cycle'; peak: number; warmup: number }
  /** `rate`, multiplied by `factor` at each of the fractions of all steps in `at`. */
  | { kind: 'piecewise'; rate: number; at: readonly number[]; factor: number }
  /** Half a cosine from `rate` to `final` (default 0): SGDR without restarts (arXiv 1608.03983, eq. 5). */
  | { kind: 'cosine'; rate: number; final?: number }
  /**
   * Rises linearly to `peak` over `warmupSteps` steps, then falls as 1/√step (Vaswani et al., arXiv 1706.03762, section
   * 5.3).
   */
  | { kind: 'inverse-square-root'; peak: number; warmupSteps: number }
  /**
   * For `steps` steps, the first rate of `main` times a factor that rises linearly from `from` (default 1/steps) to 1;
   * then `main` over the remaining steps.
   */
  | { kind: 'warm-up'; steps: number; from?: number; main: LearningRateSchedule };

type ScheduleOf<Kind extends LearningRateSchedule['kind']> = Extract<LearningRateSchedule, { kind: Kind }>;

interface ScheduleKind<Schedule> {
  /** @param step from 0 @param totalSteps steps of the whole run */
  rate(schedule: Schedule, step: number, totalSteps: number): number;
  /** For every parameter: its value, its valid range in words, and whether the value is valid. */
  checks(
    schedule: Schedule,
    totalSteps: number,
  ): readonly [name: string, value: unknown, range: string, good: boolean][];
}

const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
const isFraction = (value: unknown) => typeof value === 'number' && value >= 0 && value < 1;
const isSteps = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;

/** All schedules. To add one, write its type above and its formula here. */
const KINDS: { [Kind in LearningRateSchedule['kind']]: ScheduleKind<ScheduleOf<Kind>> } = {
  constant: {
    rate: ({ rate }) => rate,
    checks: ({ rate }) => [['rate', rate, '> 0', isPositive(rate)]],
  },
  'one-cycle': {
    rate({ peak, warmup }, step, totalSteps) {
      const progress = step / totalSteps;
      if (progress < warmup) return peak * (1 / 25 + (1 - 1 / 25) * (progress / warmup));
      return peak * (1 - (1 - 1e-4) * Math.min(1, (progress - warmup) / (1 - warmup)));
    },
    checks: ({ peak, warmup }) => [
      ['peak', peak, '> 0', isPositive(peak)],
      ['warmup', warmup, 'in [0, 1)', isFraction(warmup)],
    ],
  },
  piecewise: {
    rate({ rate, at, factor }, step, totalSteps) {
      return rate * factor ** at.filter((fraction) => step / totalSteps >= fraction).length;
    },
    checks: ({ rate, at, factor }) => [
      ['rate', rate, '> 0', isPositive(rate)],
      ['factor', factor, '> 0', isPositive(factor)],
      ['at', at, 'fractions in [0, 1)', Array.isArray(at) && at.every(isFraction)],
    ],
  },
  cosine: {
    rate({ rate, final = 0 }, step, totalSteps) {
      return final + ((rate - final) / 2) * (1 + Math.cos((Math.PI * step) / totalSteps));
    },
    checks: ({ rate, final = 0 }) => [
      ['rate', rate, '> 0', isPositive(rate)],
      ['final', final, `in [0, ${rate}] (the rate)`, typeof final === 'number' && final >= 0 && final <= rate],
    ],
  },
  'inverse-square-root': {
    rate: ({ peak, warmupSteps }, step) =>
      peak * Math.min((step + 1) / warmupSteps, Math.sqrt(warmupSteps / (step + 1))),
    checks: ({ peak, warmupSteps }) => [
      ['peak', peak, '> 0', isPositive(peak)],
      ['warmupSteps', warmupSteps, 'an integer ≥ 1', isSteps(warmupSteps)],
    ],
  },
  'warm-up': {
    rate({ steps, from = 1 / steps, main }, step, totalSteps) {
      const rest = totalSteps - steps;
      if (step >= steps) return learningRateAt(main, step - steps, rest);
      return learningRateAt(main, 0, rest) * (from + (1 - from) * (step / steps));
    },
    checks: ({ steps, from, main }, totalSteps) => [
      [
        'steps',
        steps,
        `an integer in [1, ${totalSteps - 1}] (fewer than the run has)`,
        isSteps(steps) && steps < totalSteps,
      ],
      ['from', from, 'in [0, 1)', from === undefined || isFraction(from)],
      ['main.kind', main?.kind, 'any schedule except warm-up', main?.kind !== ('warm-up' as string)],
    ],
  },
};

/** Names of all schedules. */
export const SCHEDULE_KINDS = Object.keys(KINDS) as readonly LearningRateSchedule['kind'][];

/**
 * The learning rate of a step.
 *
 * @param step in [0, totalSteps)
 * @param totalSteps steps of the whole run
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number, totalSteps: number): number {
  checkKind('learningRateAt: schedule', schedule);
  return kindOf(schedule).rate(schedule, step, totalSteps);
}

/**
 * Checks a schedule against the length of the run.
 *
 * @throws RangeError naming the caller, the parameter, its range and its value
 */
export function checkSchedule(caller: string, schedule: LearningRateSchedule, totalSteps: number): void {
  checkKind(`${caller}: learningRate`, schedule);
  for (const [name, value, range, good] of kindOf(schedule).checks(schedule, totalSteps)) {
    if (good) continue;
    const shown = typeof value === 'number' ? value : JSON.stringify(value);
    throw new RangeError(`${caller}: ${schedule.kind} learning rate: ${name} must be ${range}, got ${shown}`);
  }
  if (schedule.kind === 'warm-up') checkSchedule(caller, schedule.main, totalSteps - schedule.steps);
}

/** @throws TypeError or RangeError unless it is an object with a known kind */
function checkKind(what: string, schedule: LearningRateSchedule): void {
  if (typeof schedule !== 'object' || schedule === null) {
    throw new TypeError(`${what} must be a schedule, as {kind: 'constant', rate: 0.1}, got ${schedule}`);
  }
  if (Object.hasOwn(KINDS, schedule.kind)) return;
  throw new RangeError(`${what}.kind must be one of ${SCHEDULE_KINDS.join(', ')}, got ${schedule.kind}`);
}

function kindOf(schedule: LearningRateSchedule): ScheduleKind<LearningRateSchedule> {
  return KINDS[schedule.kind] as ScheduleKind<LearningRateSchedule>;
}
