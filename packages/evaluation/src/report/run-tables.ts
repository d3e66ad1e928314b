import type { TrainingResult } from '../results/training-result.js';
import type { TranslationResult } from '../results/translation-result.js';
import { provenance } from './wording.js';

/** The evaluations of a training run as a table of Markdown. */
export function trainingTable(result: TrainingResult): string {
  const { evaluations, dataset, model, config } = result;
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
  return [
    ...table,
    '',
    [dataset, model, `batch ${config.batchSize}`, `seed ${config.seed}`, provenance(result)].join(' · '),
  ].join('\n');
}

/** The scores and epochs of a translation run as tables of Markdown. */
export function translationTable(result: TranslationResult): string {
  const { bleu, evaluations, settings, dataset, model, languages, pairs } = result;
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const scores = [
    [`beam ${settings.beam}, length penalty ${settings.lengthPenalty}`, bleu.beam] as const,
    ['greedy', bleu.greedy] as const,
  ].map(([decoding, { score, precisions, brevityPenalty }]) =>
    row([decoding, score.toFixed(2), precisions.map((p) => p.toFixed(1)).join(' / '), brevityPenalty.toFixed(3)]),
  );
  const epochs = evaluations.map(({ epoch, learningRate, seconds, metrics }) =>
    row([
      String(Number(epoch.toFixed(2))),
      metrics.trainLoss.toFixed(3),
      metrics.validationLoss.toFixed(3),
      String(Number(learningRate.toPrecision(3))),
      String(Math.round(seconds)),
    ]),
  );
  return [
    row(['decoding', 'BLEU', 'precisions of 1 to 4 words', 'brevity penalty']),
    row(['---', '---:', '---:', '---:']),
    ...scores,
    '',
    row(['epoch', 'train loss', 'validation loss', 'learning rate', 'seconds']),
    row(['---:', '---:', '---:', '---:', '---:']),
    ...epochs,
    '',
    `${dataset} ${languages.join('–')} · ${model} · ${pairs.test} test lines · BLEU ${bleu.beam.signature} · ` +
      `seed ${settings.seed} · ${provenance(result)}`,
  ].join('\n');
}
