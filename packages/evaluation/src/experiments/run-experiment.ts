import { cpus } from 'node:os';
import { resolveMethod } from '@winnow/baselines';
import { datasetDigest } from '@winnow/data';
import { chooseKernels } from '@winnow/models';
import { instructionSets } from '@winnow/native';
import { checkKeys } from '@winnow/native/value-checks';
import { tensorflowVersion } from '@winnow/tensorflow';
import type { SweepResult, SweepRun } from '../results/sweep-result.js';
import { leftOut } from '../runs/left-out.js';
import { checkOutputs } from '../runs/outputs.js';
import { runDataOf } from '../runs/run-data.js';
import { checkExperiment } from './check-experiment.js';
import type { Experiment } from './experiment.js';
import { runArm } from './run-arm.js';
import { RunStore } from './run-store.js';

/** How an experiment is run. */
export interface RunExperimentOptions {
  /** Checkpoints and finished runs are kept here; a later call of the same experiment resumes from them. */
  workDirectory: string;
  /** Aborting it writes a checkpoint and ends with an InterruptedError. */
  signal?: AbortSignal;
  /** Called after every network that was trained and pruned, not for those that were before. */
  onRun?: (progress: { done: number; total: number; secondsLeft: number }) => void;
}

/**
 * Trains every arm with every seed, prunes each network at every sparsity, and returns the contents of a result file.
 * Shows progress with time left. The caller clears the work directory once the result is written.
 *
 * @throws RangeError if a part of the experiment is out of range, a method or hyperparameter is unknown, two arms have
 *   one label or the work directory cannot be written to, before any work
 * @throws Error, before any work, if the work directory has runs on other data; ResultFileError naming a kept run that
 *   is broken or no such run
 * @throws InterruptedError when the signal is aborted
 */
export async function runExperiment(experiment: Experiment, options: RunExperimentOptions): Promise<SweepResult> {
  checkKeys('runExperiment', 'options', options, ['workDirectory', 'signal', 'onRun']);
  const { workDirectory } = options;
  checkOutputs('runExperiment: workDirectory', workDirectory, RunStore.outputs(workDirectory));
  checkExperiment('runExperiment', experiment);
  for (const arm of experiment.arms) resolveMethod(arm.method, arm.hyperparameters, experiment.granularity);
  // Made anew: whoever changed a data set may have left it the digest of the old one.
  const digest = await datasetDigest(experiment.dataset);
  const store = new RunStore(workDirectory);
  store.claim({ ...runDataOf(experiment.dataset), digest });
  const described = { ...header(experiment), datasetDigest: digest };
  const runs: SweepRun[] = [];
  const total = experiment.seeds.length * experiment.arms.length;
  const report = runReporter(total, options.onRun);
  for (const seed of experiment.seeds) {
    for (const arm of experiment.arms) {
      const { dataset: ____, model, arms: _, seeds: __, command: ___, ...settings } = experiment;
      const key = RunStore.key([digest, model.name, settings, arm, seed]);
      const armOptions = {
        checkpointDirectory: store.checkpointDirectory(key),
        ...(options.signal && { signal: options.signal }),
      };
      const known = store.finished(key);
      runs.push(known ?? store.finish(key, await runArm(experiment, arm, seed, armOptions)));
      report(runs.length, known === undefined);
    }
  }
  return { ...described, created: new Date().toISOString(), runs };
}

/** Time left from the mean of the networks that this call made itself. */
function runReporter(total: number, onRun: RunExperimentOptions['onRun']): (done: number, isNew: boolean) => void {
  const start = performance.now();
  let made = 0;
  return (done, isNew) => {
    if (!isNew) return;
    made++;
    const secondsLeft = ((performance.now() - start) / 1000 / made) * (total - done);
    onRun?.({ done, total, secondsLeft });
  };
}

/** What a result file says of the experiment as a whole. Prints once which kernels no method acts on. */
function header(experiment: Experiment): Omit<SweepResult, 'runs'> {
  const { dataset, model, command, epochs, batchSize, granularity, execution } = experiment;
  const example = model.create({ dataset, seed: 0 });
  const size = (weights: readonly { size: number }[]) => weights.reduce((sum, weight) => sum + weight.size, 0);
  try {
    const { kernels, skipped } = chooseKernels('runExperiment', example);
    process.stderr.write(leftOut(skipped));
    return {
      format: 'winnow-sweep/1',
      created: new Date().toISOString(),
      command,
      dataset: dataset.title,
      classes: dataset.classes.length,
      model: model.title,
      parameters: size(example.trainableWeights.map((weight) => weight.read())),
      prunableParameters: size(kernels.map(({ variable }) => variable)),
      epochs,
      batchSize,
      granularity,
      ...(execution && { execution }),
      environment: describeEnvironment(),
    };
  } finally {
    example.dispose();
  }
}

/** Winnow's version, as result files carry it. */
const WINNOW_VERSION = '0.1.0';

/** What a result depends on besides its options. */
export function describeEnvironment(): SweepResult['environment'] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    node: process.versions.node,
    tensorflow: tensorflowVersion(),
    isa: instructionSets().selected,
    winnow: WINNOW_VERSION,
  };
}
