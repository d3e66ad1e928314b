import { loadDataset } from '@winnow/data';
import { winnowCommand } from '@winnow/system/command';
import { type Experiment, PAPER_SPARSITIES } from './experiment.js';
import { findModel } from './models.js';

/**
 * The demo: ResNet-8 on Fashion-MNIST, plain and with ramped targeted dropout, one seed, a few minutes on two cores.
 *
 * @throws DatasetError if Fashion-MNIST cannot be had
 */
export async function demoExperiment(directory: string | undefined, signal: AbortSignal): Promise<Experiment> {
  const dataset = await loadDataset('fashion-mnist', { signal, ...(directory !== undefined && { directory }) });
  return {
    dataset,
    model: findModel('resnet8'),
    arms: [
      { label: 'plain', method: 'none', hyperparameters: {} },
      {
        label: 'targeted dropout',
        method: 'targeted-dropout',
        hyperparameters: { gamma: 0.9, alpha: 0.99, ramp: 0.5 },
      },
    ],
    seeds: [0],
    epochs: 2,
    batchSize: 128,
    learningRate: { kind: 'one-cycle', peak: 0.2, warmup: 0.2 },
    momentum: 0.9,
    weightDecay: 5e-4,
    augment: { standardise: 'dataset', statistics: dataset.statistics },
    granularity: 'weight',
    // Below 40 % nothing happens: fewer points there keep the demo short.
    sparsities: PAPER_SPARSITIES.filter((sparsity) => sparsity !== 0.1 && sparsity !== 0.3),
    reestimateBatches: 30,
    command: winnowCommand(['demo']),
  };
}
