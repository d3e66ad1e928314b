import type { Hyperparameters } from '@winnow/baselines';
import { loadDataset, subsetDataset } from '@winnow/data';
import { checkKeys } from '@winnow/native/value-checks';
import type { Granularity } from '@winnow/ops';
import type { SweepResult } from '../results/sweep-result.js';
import type { Experiment, ExperimentArm } from './experiment.js';
import { findModel } from './models.js';

/** How large a comparison is. */
export interface ComparisonSize {
  model: string;
  /** Training and test images that are used. */
  train: number;
  test: number;
  epochs: number;
  batchSize: number;
  seeds: readonly number[];
}

/** The whole of it takes one and a half to two hours of two cores, both granularities together. */
export const REDUCED: ComparisonSize = {
  model: 'resnet8',
  train: 10_240,
  test: 2000,
  epochs: 4,
  batchSize: 64,
  seeds: [0, 1, 2],
};

/** All images and a run as long as two cores do in some days. */
export const FULL: ComparisonSize = {
  model: 'resnet20',
  train: 50_000,
  test: 10_000,
  epochs: 30,
  batchSize: 128,
  seeds: [0, 1, 2],
};

/** Which figure an arm is in: methods of the paper, or those beyond it beside the best of the paper. */
export type FigureName = 'paper' | 'beyond';

/** An arm of the comparison. */
export interface ComparisonArm extends ExperimentArm {
  figures: readonly FigureName[];
}

function arm(
  label: string,
  method: string,
  hyperparameters: Hyperparameters = {},
  figures: readonly FigureName[] = [],
): ComparisonArm {
  return { label, method, hyperparameters, figures };
}

/**
 * All methods at their published hyperparameters. L1, L0 and Smallify get a second try at ten times their λ, which was
 * tuned for runs a hundred times as long (L0's also with the initial drop probability 0.3 of Louizos et al., from which
 * gates can move in a short run); targeted dropout gets the paper's constant and its ramping form. Nothing else is
 * tuned.
 *
 * @param images training images, which L0 and variational dropout divide by
 * @param interval steps between renewals of masks: the published 100 would be two or three times in a short run
 */
export function comparisonArms(granularity: Granularity, images: number, interval: number): ComparisonArm[] {
  const paper = ['paper'] as const;
  const both = ['paper', 'beyond'] as const;
  const beyond = ['beyond'] as const;
  // The factor of the divergence is divided by 50,000 images, ours by fewer.
  const divergence = (scale: number) => ({ scale: (scale * 50_000) / images });
  if (granularity === 'unit') {
    return [
      arm('plain', 'none', {}, both),
      arm('unit dropout 0.25', 'unit-dropout', { rate: 0.25 }, paper),
      arm('L1 0.01', 'l1', { lambda: 0.01 }, paper),
      arm('L1 0.1', 'l1', { lambda: 0.1 }),
      arm('L0 0.01', 'l0', { lambda: 0.01, images }, paper),
      arm('L0 0.1, p 0.3', 'l0', { lambda: 0.1, initial: 0.3, images }),
      arm('variational', 'variational-dropout', divergence(0.01), paper),
      arm('Smallify 1e-4', 'smallify', { lambda: 1e-4 }, beyond),
      arm('Smallify 1e-3', 'smallify', { lambda: 1e-3 }),
      arm('random 0.75', 'random-pruning', { sparsity: 0.75 }, beyond),
      arm('targeted γ 0.75 α 0.66', 'targeted-dropout', { gamma: 0.75, alpha: 0.66, ramp: 0 }, paper),
      arm('targeted, ramp to γ 0.75 α 0.9', 'targeted-dropout', { gamma: 0.75, alpha: 0.9, ramp: 0.5 }, both),
      arm('gradual 0.75', 'gradual-pruning', { sparsity: 0.75, interval }, beyond),
    ];
  }
  const sparse = { sparsity: 0.9, interval };
  return [
    arm('plain', 'none', {}, both),
    arm('weight dropout 0.25', 'weight-dropout', { rate: 0.25 }, paper),
    arm('L1 0.1', 'l1', { lambda: 0.1 }, paper),
    arm('L1 1', 'l1', { lambda: 1 }),
    arm('L0 0.1', 'l0', { lambda: 0.1, images }, paper),
    arm('L0 1, p 0.3', 'l0', { lambda: 1, initial: 0.3, images }),
    arm('variational', 'variational-dropout', divergence(0.01), paper),
    arm('Smallify 1e-5', 'smallify', { lambda: 1e-5 }),
    arm('Smallify 1e-4', 'smallify', { lambda: 1e-4 }),
    arm('random 0.9', 'random-pruning', { sparsity: 0.9 }),
    arm('targeted γ 0.75 α 0.66', 'targeted-dropout', { gamma: 0.75, alpha: 0.66, ramp: 0 }, paper),
    arm('targeted, ramp to γ 0.9 α 0.99', 'targeted-dropout', { gamma: 0.9, alpha: 0.99, ramp: 0.5 }, both),
    arm('L1 + targeted, ramp', 'l1+targeted-dropout', { gamma: 0.9, alpha: 0.99, ramp: 0.5 }),
    arm('Xtreme-3', 'xtreme-k', { k: 3 }),
    arm('gradual 0.9', 'gradual-pruning', sparse, beyond),
    arm('RigL 0.9', 'rigl', sparse, beyond),
    arm('SET 0.9', 'set', sparse),
    arm('SRigL 0.9', 'srigl', sparse, beyond),
    arm('Top-KAST 0.9', 'top-kast', { sparsity: 0.9, backward: 0.8 }, beyond),
    arm('SNIP 0.9', 'snip', { sparsity: 0.9 }, beyond),
    arm('2:4', 'two-four'),
    arm('targeted on 2:4', 'pattern-targeted-dropout', { pattern: '2:4', alpha: 0.95 }),
  ];
}

/**
 * The parts of a comparison's result that have a figure each, by the figure's name; parts without runs are left out.
 */
export function comparisonFigures(result: SweepResult): Map<FigureName, SweepResult> {
  const arms = comparisonArms(result.granularity, 1, 1);
  const parts = (['paper', 'beyond'] as const).map((name) => {
    const labels = new Set(arms.filter(({ figures }) => figures.includes(name)).map(({ label }) => label));
    return [name, { ...result, runs: result.runs.filter(({ label }) => labels.has(label)) }] as const;
  });
  return new Map(parts.filter(([, { runs }]) => runs.length > 0));
}

const SPARSITIES: Readonly<Record<Granularity, readonly number[]>> = {
  weight: [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99],
  unit: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
};

/**
 * The comparison of all methods on CIFAR-10 (JPEG) at one granularity: one network, one budget, one learning rate.
 *
 * @throws DatasetError if the images cannot be had
 */
export async function comparisonExperiment(
  granularity: Granularity,
  size: ComparisonSize,
  options: { directory?: string; command: string; signal: AbortSignal },
): Promise<Omit<Experiment, 'arms'> & { arms: readonly ComparisonArm[] }> {
  checkKeys('comparisonExperiment', 'options', options, ['directory', 'command', 'signal']);
  const { directory, command, signal } = options;
  const dataset = await loadDataset('cifar10-jpeg', { signal, ...(directory !== undefined && { directory }) });
  const { model, train, test, epochs, batchSize, seeds } = size;
  const totalSteps = Math.floor(train / batchSize) * epochs;
  return {
    dataset: subsetDataset(dataset, { train, test }),
    model: findModel(model),
    // Some forty renewals in a run, as in the published recipes' first epochs.
    arms: comparisonArms(granularity, train, Math.max(1, Math.round(totalSteps / 40))),
    seeds,
    epochs,
    batchSize,
    learningRate: { kind: 'one-cycle', peak: 0.1, warmup: 0.2 },
    momentum: 0.9,
    weightDecay: 5e-4,
    augment: { standardise: 'dataset', statistics: dataset.statistics, flip: true },
    granularity,
    sparsities: SPARSITIES[granularity],
    reestimateBatches: Math.max(1, Math.round(1280 / batchSize)),
    command,
  };
}
