import type { Experiment } from './experiment.js';

/**
 * Refuses an experiment whose result would be refused once everything is trained. What `train` checks is left to it.
 *
 * @throws RangeError naming the part, its range and its value
 */
export function checkExperiment(
  caller: string,
  { arms, seeds, sparsities, reestimateBatches, dataset }: Experiment,
): void {
  const check = (part: string, range: string, value: unknown, isGood: boolean) => {
    if (!isGood) throw new RangeError(`${caller}: ${part} must be ${range}, got ${value}`);
  };
  check('arms', 'at least one', arms.length, arms.length > 0);
  checkLabels(
    `${caller}: arms`,
    arms.map(({ label }) => label),
  );
  const areSeeds = seeds.length > 0 && seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0);
  check('seeds', 'different integers ≥ 0', `[${seeds}]`, areSeeds && new Set(seeds).size === seeds.length);
  const rise = sparsities.every((value, i) => value >= 0 && value <= 1 && (i === 0 || value > sparsities[i - 1]!));
  check('sparsities', 'rising fractions in [0, 1]', `[${sparsities}]`, sparsities.length > 0 && rise);
  const isCount = Number.isSafeInteger(reestimateBatches) && reestimateBatches >= 1;
  check('reestimateBatches', 'an integer ≥ 1', reestimateBatches, isCount);
  const { classes } = dataset;
  check('dataset', 'one of at least two classes', `${classes.length} (${classes})`, classes.length >= 2);
}

/**
 * Refuses arms that look the same: runs of one label count as one method with several seeds.
 *
 * @throws RangeError naming the label
 */
export function checkLabels(argument: string, labels: readonly string[]): void {
  const again = labels.find((label, i) => label === '' || labels.indexOf(label) !== i);
  if (again === undefined) return;
  const problem = again === '' ? 'an empty label' : `'${again}' twice`;
  throw new RangeError(`${argument} must be different ones, got ${problem}`);
}
