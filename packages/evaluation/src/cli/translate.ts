import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkDataDirectory } from '../experiments/names.js';
import { dataDirectory } from '../runs/settings.js';
import { translationSettings } from '../translation/settings.js';
import { TranslationFiles } from '../translation/translation-files.js';
import { addSettingsCommand } from './options.js';
import { interruptSignal, withTensorflow } from './setup.js';

const dataDir = dataDirectory('Multi30k already');

/** `winnow translate` */
export function addTranslate(program: Command): void {
  addSettingsCommand(program, {
    name: 'translate',
    description: 'train a Transformer on Multi30k, English to German, and measure its BLEU on the test set of 2016',
    settings: translationSettings.extend({ dataDir }),
    out: {
      value: 'directory',
      summary: 'where tokenizer, log, checkpoints and result go; resumes an unfinished run found there',
      default: 'output/translate',
      outputs: (out) => new TranslationFiles(resolve(out)).outputs('de'),
    },
    async run({ dataDir: given, ...settings }, out) {
      const { multi30k } = await import('@winnow/data');
      await checkDataDirectory('winnow translate', multi30k, given);
      const { translationRun } = await withTensorflow(() => import('../translation/translation-run.js'));
      const files = new TranslationFiles(resolve(out));
      const directory = files.path;
      const result = await translationRun(settings, { dataDir: given, directory, signal: interruptSignal() });
      const { translationTable, writeFigure } = await import('../report/index.js');
      await writeFigure(result, files.figure);
      process.stdout.write(`\n${translationTable(result)}\n`);
      process.stdout.write(`Everything is in ${relative(process.cwd(), directory)}\n`);
    },
  });
}
