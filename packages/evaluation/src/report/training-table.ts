import type { TrainingResult } from '../results/training-result.js';

/** The evaluations of a training run as a table of Markdown. */
export function trainingTable({ evaluations, dataset, model, config, environment, command }: TrainingResult): string {
  const rows = evaluations.map(({ epoch, learningRate, seconds, metrics }) => [
    String(Number(epoch.toFixed(2))),
    metrics.trainLoss.toFixed(3),
    metrics.testLoss.toFixed(3),
    `${(100 * metrics.testAccuracy).toFixed(2)} %`,
    String(Number(learningRate.toPrecision(3))),
    String(Math.round(seconds)),
  ]);
  const table = [
    ['epoch', 'train loss', 'test loss', 'test accuracy', 'learning rate', 'seconds'],
    ['---:', '---:', '---:', '---:', '---:', '---:'],
    ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const { cpu, cores, isa, tensorflow, node } = environment;
  return [
    ...table,
    '',
    `${dataset} · ${model} · batch ${config.batchSize} · seed ${config.seed} · ${cpu}, ${cores} cores, ${isa}, TensorFlow ${tensorflow}, Node ${node}. Made by \`${command}\`.`,
  ].join('\n');
}
