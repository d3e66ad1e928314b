import { readFileSync } from 'node:fs';
import type { EvaluationSchedule, LearningRateSchedule } from '@winnow/training';
import type { Hyperparameters } from '../experiments/methods.js';
import { SETTINGS } from './settings.js';

/** A run's settings, every default filled in. */
export interface RunConfig {
  model: string;
  dataset: string;
  dataDir?: string;
  method: string;
  granularity: 'weight' | 'unit';
  epochs: number;
  batchSize: number;
  accumulate: number;
  schedule: Exclude<LearningRateSchedule['kind'], 'warm-up'>;
  learningRate: number;
  warmup: number;
  warmupSteps?: number;
  milestones: number[];
  factor: number;
  finalRate: number;
  optimizer: 'sgd' | 'adam' | 'adamw';
  momentum: number;
  nesterov: boolean;
  beta1: number;
  beta2: number;
  weightDecay: number;
  clipNorm?: number;
  pad: number;
  flip: boolean;
  standardise: 'per-image' | 'dataset' | 'none';
  seed: number;
  evaluateEvery: string;
  best: 'testAccuracy' | 'testLoss' | 'trainLoss';
  checkpointEvery: number;
  logEvery: number;
  tensorboard: boolean;
  histogramEvery: number;
}

/**
 * A run's configuration from given settings.
 *
 * @param given values by key; text is accepted for numbers, as the command line gives it
 * @param source what the settings are called in a message: the file, or `winnow train`
 * @throws RangeError naming an unknown key, or a key with its range and its value
 */
export function runConfig(given: Readonly<Record<string, unknown>>, source: string): RunConfig {
  const known = new Map(SETTINGS.map((setting) => [setting.key, setting]));
  for (const key of Object.keys(given)) {
    if (known.has(key)) continue;
    throw new RangeError(`${source}: there is no setting '${key}'; there are ${[...known.keys()].join(', ')}`);
  }
  const config: Record<string, unknown> = {};
  for (const { key, check, default: standard } of SETTINGS) {
    const value = given[key] ?? standard;
    if (value === undefined) continue;
    const parsed = check.parse(value);
    if (parsed === undefined) {
      throw new RangeError(`${source}: ${key} must be ${check.range}, got ${JSON.stringify(value)}`);
    }
    config[key] = parsed;
  }
  return config as unknown as RunConfig;
}

/**
 * The settings in a JSON file.
 *
 * @throws Error naming the file if it cannot be read or is not a JSON object
 */
export function readSettings(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} is not a readable JSON file: ${(cause as Error).message}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${file} must hold a JSON object of settings`);
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

/**
 * A method and its hyperparameters from `NAME:key=value,…`.
 *
 * @throws RangeError if a part is not `key=value`
 */
export function parseMethod(spec: string): { name: string; hyperparameters: Hyperparameters } {
  // The first colon alone: a value may hold others, as the pattern 2:4 does.
  const colon = spec.indexOf(':');
  const [name, settings] = colon < 0 ? [spec] : [spec.slice(0, colon), spec.slice(colon + 1)];
  const hyperparameters: Hyperparameters = {};
  for (const setting of settings?.split(',') ?? []) {
    const [key, value] = setting.split('=', 2);
    if (!key || value === undefined) throw new RangeError(`method: expected NAME:key=value,…, got '${spec}'`);
    hyperparameters[key] = typed(value);
  }
  return { name, hyperparameters };
}

function typed(value: string): number | string | boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  const numeric = Number(value);
  return value.trim() !== '' && Number.isFinite(numeric) ? numeric : value;
}
