import type { SweepResult } from '../results/sweep-result.js';
import type { LabelSummary, Spread } from './summary.js';

/** A fraction as per cent, without needless zeros: `90 %`, `99.5 %`. */
export function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))} %`;
}

/** An accuracy in per cent with one digit; with several seeds mean ± standard deviation. */
export function accuracy({ mean, std, n }: Spread): string {
  const value = (mean * 100).toFixed(1);
  return n > 1 ? `${value} ± ${(std * 100).toFixed(1)}` : value;
}

/** On what a result was made, and by which command. */
export function provenance({ environment, command }: Pick<SweepResult, 'environment' | 'command'>): string {
  const { cpu, cores, isa, tensorflow, node } = environment;
  return `${cpu}, ${cores} cores, ${isa}, TensorFlow ${tensorflow}, Node ${node}. Made by \`${command}\`.`;
}

/** What was measured, in one line. */
export function describe(result: SweepResult, labels: readonly LabelSummary[]): string {
  const { dataset, model, epochs, granularity, runs } = result;
  const counts = [...new Set(labels.map(({ seeds }) => seeds.length))];
  const seeds = counts.length === 1 && counts[0] === 1 ? 'one seed each' : `${counts.join('/')} seeds each`;
  const images = Math.min(...runs.map(({ testImages }) => testImages)).toLocaleString('en-US');
  const what = granularity === 'weight' ? 'single weights pruned' : 'whole units pruned';
  return [dataset, model, `${epochs} epoch${epochs === 1 ? '' : 's'}`, what, seeds, `${images} test images`].join(
    ' · ',
  );
}
