import { checkInteger } from '@winnow/ops/arguments';
import type { MethodContext } from './method.js';
import { findSchedule, type ScheduleName } from './schedules/index.js';

/** γ and α at one step. */
export interface TargetedDropoutRates {
  targetFraction: number;
  dropRate: number;
}

/** How γ and α of targeted dropout rise. */
export interface RampOptions {
  /**
   * T ≥ 1 in steps: γ and α have risen to their values at 2T. Default: constant. The paper uses T ≈ 20,000 steps of
   * batch 128 (49 of 256 epochs); scale it with your run.
   */
  rampSteps?: number;
  /** How they rise. Default `'ramp'`, as published: γ to 95 % of its value at T, α linearly. */
  schedule?: ScheduleName;
}

/** @throws RangeError or TypeError if one is out of range */
export function checkRamp(op: string, { rampSteps, schedule }: RampOptions): void {
  if (rampSteps !== undefined) checkInteger(op, 'rampSteps', rampSteps, 1, 2 ** 31 - 1);
  if (schedule !== undefined) findSchedule(op, schedule);
}

/**
 * Ramping targeted dropout: γ(t) = γ·(0.95·min(1, t/T) + 0.05·clip((t−T)/T, 0, 1)), α(t) = α·min(1, t/2T); with another
 * schedule both follow it until 2T.
 *
 * @see arXiv 1905.13678, section 5.2, and its reference code
 */
export function rampedRates(
  rates: TargetedDropoutRates,
  rampSteps: number | undefined,
  step: number,
  schedule: ScheduleName = 'ramp',
): TargetedDropoutRates {
  if (rampSteps === undefined) return rates;
  const span = 2 * rampSteps;
  const [rising, risingRate] = [schedule, schedule === 'ramp' ? 'linear' : schedule].map((name) =>
    findSchedule('rampedRates', name).rise(step, span),
  ) as [number, number];
  return { targetFraction: rates.targetFraction * rising, dropRate: rates.dropRate * risingRate };
}

/** T of ramping: γ and α reach their values at 2T, which is the fraction `ramp` of the run; none for 0. */
export function rampSteps(ramp: number, { totalSteps }: MethodContext): { rampSteps?: number } {
  return ramp > 0 ? { rampSteps: Math.max(1, Math.round((ramp * totalSteps) / 2)) } : {};
}
