import type * as tf from '@tensorflow/tfjs';
import { checkFraction, checkKeys } from '../arguments.js';
import type { OptimizerOptions } from './optimizer.js';

/** The checked options of both optimizers. */
export interface Decay {
  readonly weightDecay: number;
  readonly decoupled: boolean;
  readonly decayed: (variable: tf.Variable) => boolean;
  /** 0: no clipping. */
  readonly clipNorm: number;
}

/** Refuses options that do not exist. `own`: those of this optimizer alone. */
export function checkOptions(op: string, options: object, own: readonly string[]): void {
  checkKeys(op, 'options', options, [...own, 'learningRate', 'weightDecay', 'decoupled', 'decayed', 'clipNorm']);
}

/** The options in `Decay` that a file can hold. */
export function decayConfig({ weightDecay, decoupled, clipNorm }: Decay): Record<string, number | boolean> {
  return { weightDecay, decoupled, ...(clipNorm > 0 && { clipNorm }) };
}

export function checkDecay(op: string, options: OptimizerOptions, decoupled: boolean): Decay {
  const decayed = options.decayed ?? ((variable: tf.Variable) => variable.rank >= 2);
  if (typeof decayed !== 'function') throw new TypeError(`${op}: decayed must be a function, got ${decayed}`);
  const { clipNorm } = options;
  if (clipNorm !== undefined && !(checkNumber(op, 'clipNorm', clipNorm) > 0 && clipNorm < Infinity)) {
    throw new RangeError(`${op}: clipNorm must be in (0, Infinity), got ${clipNorm}`);
  }
  return {
    weightDecay: checkPositive(op, 'weightDecay', options.weightDecay ?? 0),
    decoupled: checkBoolean(op, 'decoupled', options.decoupled ?? decoupled),
    decayed,
    clipNorm: clipNorm ?? 0,
  };
}

/**
 * Two factors per variable for the kernels: how much of the variable is added to its gradient (L2), and the factor that
 * the variable is multiplied by (decoupled).
 */
export function decayFactors(decay: Decay, variables: readonly tf.Variable[], learningRate: number): number[] {
  return variables.flatMap((variable) => {
    if (decay.weightDecay === 0 || !decay.decayed(variable)) return [0, 1];
    return decay.decoupled ? [0, 1 - learningRate * decay.weightDecay] : [decay.weightDecay, 1];
  });
}

export function checkBoolean(op: string, name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${op}: ${name} must be a boolean, got ${value}`);
  return value;
}

/** Checks that a number is finite and ≥ 0. */
export function checkPositive(op: string, name: string, value: unknown): number {
  const number = checkNumber(op, name, value);
  if (!(number >= 0 && number < Infinity))
    throw new RangeError(`${op}: ${name} must be in [0, Infinity), got ${value}`);
  return number;
}

/** Checks that a number is in [0, 1). */
export function checkRate(op: string, name: string, value: unknown): number {
  if (checkFraction(op, name, value) === 1) throw new RangeError(`${op}: ${name} must be in [0, 1), got 1`);
  return value as number;
}

function checkNumber(op: string, name: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${op}: ${name} must be a number, got ${value}`);
  return value;
}
