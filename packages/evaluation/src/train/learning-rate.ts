/** Learning-rate schedules: the rate as a function of the step, a pure function of the run's configuration. */

/** A schedule that is named in a result file and made by `learningRateAt`. */
export type LearningRateSchedule =
  | { kind: 'constant'; rate: number }
  /** Linear from peak/25 to `peak` over the first `warmup` fraction of all steps, then linear to peak/10⁴. */
  | { kind: 'one-cycle'; peak: number; warmup: number }
  /** `rate`, multiplied by `factor` at each fraction of all steps in `at`. */
  | { kind: 'piecewise'; rate: number; at: readonly number[]; factor: number };

/**
 * The learning rate of a step.
 *
 * @param step from 0
 * @param totalSteps steps of the whole run
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number, totalSteps: number): number {
  const progress = step / totalSteps;
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate;
    case 'one-cycle': {
      const { peak, warmup } = schedule;
      if (progress < warmup) return peak * (1 / 25 + (1 - 1 / 25) * (progress / warmup));
      return peak * (1 - (1 - 1e-4) * Math.min(1, (progress - warmup) / (1 - warmup)));
    }
    case 'piecewise':
      return schedule.rate * schedule.factor ** schedule.at.filter((fraction) => progress >= fraction).length;
  }
}
