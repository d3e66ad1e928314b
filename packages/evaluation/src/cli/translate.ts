import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { interruptSignal } from './interrupt.js';
import { withTensorflow } from './setup.js';

/** `winnow translate` */
export function addTranslate(program: Command): void {
  const number = (flags: string, text: string) => new Option(flags, text).argParser(Number);
  program
    .command('translate')
    .description('train a Transformer on Multi30k, English to German, and measure its BLEU on the test set of 2016')
    .option('--data <directory>', 'a directory that has Multi30k already')
    .option('--out <directory>', 'where tokenizer, log, checkpoints and result go', 'output/translate')
    .addOption(number('--epochs <n>', 'passes over the training pairs'))
    .addOption(number('--batch-size <n>', 'sentence pairs per step'))
    .addOption(number('--learning-rate <rate>', 'the highest rate of the one-cycle schedule'))
    .addOption(number('--dropout <rate>', 'of embeddings and sublayers'))
    .addOption(number('--beam <n>', 'hypotheses of beam search'))
    .addOption(number('--length-penalty <α>', 'of beam search'))
    .addOption(number('--seed <n>', 'of weights, data order and masks'))
    .action(async ({ data, out, ...given }: { data?: string; out: string } & Record<string, unknown>) => {
      const { TRANSLATION_DEFAULTS, translationRun } = await withTensorflow(() => import('../translation/index.js'));
      const signal = interruptSignal();
      const settings = { ...TRANSLATION_DEFAULTS, ...given };
      const directory = resolve(out);
      const result = await translationRun(settings, { data, directory, signal });
      const { translationTable, writeFigure } = await import('../report/index.js');
      await writeFigure(result, join(directory, 'figure'));
      process.stdout.write(`\n${translationTable(result)}\n`);
      process.stdout.write(`Everything is in ${relative(process.cwd(), directory)}\n`);
    });
}
