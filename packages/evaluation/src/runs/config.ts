import { winnowCommand } from '@winnow/system/command';
import type { EvaluationSchedule, LearningRateSchedule } from '@winnow/training';
import { changedOptions, checkSettings } from '../schema/settings.js';
import { type RunConfig, runSettings } from './settings.js';

/**
 * A run's configuration from given settings.
 *
 * @param given values by key, each of its own type: `'3'` is no number
 * @param source what the settings are called in a message: the file, or `winnow train`
 * @throws RangeError naming an unknown key, or a key with its range and its value
 */
export function runConfig(given: Readonly<Record<string, unknown>>, source: string): RunConfig {
  return checkSettings(runSettings, given, source);
}

/** The command that repeats a run: the settings that are not the default ones. Where data lie is left to the reader. */
export function commandOf(config: RunConfig): string {
  return winnowCommand(['train', ...changedOptions(runSettings, config), '--out', 'OUT']);
}

/** The learning-rate schedule of a configuration. */
export function scheduleOf(config: RunConfig): LearningRateSchedule {
  const { schedule: kind, learningRate, warmup, warmupSteps, milestones, factor, finalRate } = config;
  switch (kind) {
    case 'inverse-square-root':
      return { kind, peak: learningRate, warmupSteps: warmupSteps ?? 4000 };
    case 'one-cycle':
      return inFront(warmupSteps, { kind, peak: learningRate, warmup });
    case 'piecewise':
      return inFront(warmupSteps, { kind, rate: learningRate, at: milestones, factor });
    case 'cosine':
      return inFront(warmupSteps, { kind, rate: learningRate, final: finalRate });
    case 'constant':
      return inFront(warmupSteps, { kind, rate: learningRate });
  }
}

function inFront(steps: number | undefined, main: LearningRateSchedule): LearningRateSchedule {
  return steps === undefined ? main : { kind: 'warm-up', steps, main };
}

/** When a configuration's run evaluates. */
export function evaluationOf({ evaluateEvery }: RunConfig): EvaluationSchedule {
  const [count, unit] = evaluateEvery.split(' ');
  return unit === 'steps' ? { steps: Number(count) } : { epochs: Number(count) };
}
