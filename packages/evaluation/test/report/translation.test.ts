import {
  parseTranslationResult,
  TRANSLATION_DEFAULTS,
  type TranslationResult,
  translationSvg,
  translationTable,
} from '@winnow/evaluation';
import { corpusBleu } from '@winnow/training';
import { describe, expect, it } from 'vitest';

const reference = ['Ein Hund läuft über die Wiese.', 'Zwei Männer stehen vor einem Haus.'];
const evaluation = (epoch: number, validationLoss: number) => ({
  step: 10 * epoch,
  epoch,
  learningRate: 0.001 / epoch,
  seconds: 60 * epoch,
  metrics: { trainLoss: validationLoss + 1.25, validationLoss },
});

const result: TranslationResult = {
  format: 'winnow-translation/1',
  created: '2026-01-02T03:04:05.000Z',
  command: 'winnow translate --epochs 2',
  dataset: 'Some captions',
  model: 'Transformer small',
  languages: ['en', 'de'],
  parameters: 9421824,
  pairs: { train: 640, validation: 10, test: 2 },
  settings: { ...TRANSLATION_DEFAULTS, epochs: 2, seed: 4 },
  environment: { cpu: 'A processor', cores: 2, node: '20', tensorflow: '2', isa: 'avx2', winnow: '0.1.0' },
  steps: 20,
  seconds: 125.4,
  log: [5, 10, 15, 20].map((step) => ({
    step,
    epoch: Math.floor((step - 1) / 10),
    loss: 6 - step / 10,
    learningRate: 0.0001 * step,
    examplesPerSecond: 80,
  })),
  evaluations: [evaluation(1, 3), evaluation(2, 2.5)],
  bleu: {
    beam: corpusBleu(['Ein Hund läuft über die Wiese.', 'Zwei Männer stehen vor dem Haus.'], [reference]),
    greedy: corpusBleu(['Ein Hund rennt über die Wiese.', 'Zwei Männer vor dem Haus.'], [reference]),
  },
  examples: [{ source: 'A dog.', target: 'Ein Hund.', reference: 'Ein Hund.' }],
};

describe('a translation result', () => {
  it('is read, and refused with the place that is wrong', () => {
    expect(parseTranslationResult(JSON.stringify(result), 'result.json')).toEqual(result);
    const broken = { ...result, bleu: { ...result.bleu, greedy: { ...result.bleu.greedy, score: 'high' } } };
    expect(() => parseTranslationResult(JSON.stringify(broken), 'result.json')).toThrow(
      'result.json: bleu.greedy.score must be a number ≥ 0, found "high"',
    );
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a text for a number', { beam: '4' }, 'settings.beam must be an integer ≥ 1, found "4"'],
    ['a missing field', { warmup: undefined }, 'settings.warmup must be a number in [0, 1), found nothing'],
    ['a number for a truth', { lowerCase: 1 }, 'settings.lowerCase must be true or false, found 1'],
    ['a setting that there is not', { beams: 4 }, 'settings must be an object without beams, found {"size"'],
  ])('with %s in its settings is refused', (_what, change, message) => {
    const broken = { ...result, settings: { ...result.settings, ...change } };
    expect(() => parseTranslationResult(JSON.stringify(broken), 'result.json')).toThrow(`result.json: ${message}`);
  });

  it('is shown as tables', () => {
    const { beam, greedy } = result.bleu;
    const lines = translationTable(result).split('\n');
    expect(lines[2]).toMatch(`| beam 4, length penalty 0.6 | ${beam.score.toFixed(2)} | `);
    expect(lines[3]).toMatch(`| greedy | ${greedy.score.toFixed(2)} | `);
    expect(lines.slice(7, 9)).toEqual(['| 1 | 4.250 | 3.000 | 0.001 | 60 |', '| 2 | 3.750 | 2.500 | 0.0005 | 120 |']);
    expect(lines.at(-1)).toContain('nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp');
  });

  it('is drawn with its last values beside the curves', async () => {
    const svg = await translationSvg(result);
    const texts = ['train 4.00', 'validation 2.50', '0.002', 'seed 4', `BLEU ${result.bleu.beam.score.toFixed(1)}`];
    for (const text of texts) expect(svg).toContain(text);
  });
});
