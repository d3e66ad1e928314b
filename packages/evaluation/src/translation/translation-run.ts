import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { encodePairs, loadTextPairs, SPECIAL_TOKENS, SubwordTokenizer, type TextPairDataset } from '@winnow/data';
import { saveTransformer, Transformer, transformerSizes } from '@winnow/models';
import { checkKeys } from '@winnow/native/value-checks';
import { adam, useFastGradients } from '@winnow/ops';
import { winnowCommand } from '@winnow/system/command';
import { writeFileAtomicSync } from '@winnow/system/files';
import { type LogRecord, RunLog, TrainingProgress, trainTask } from '@winnow/training';
import { InterruptedError } from '../experiments/index.js';
import { describeEnvironment } from '../experiments/run-experiment.js';
import type { TranslationResult } from '../results/translation-result.js';
import { checkOutputs } from '../runs/outputs.js';
import { checkRunData, refuseOtherData, runDataOf, writeRunData } from '../runs/run-data.js';
import { changedOptions } from '../schema/settings.js';
import { measureBleu } from './measure-bleu.js';
import { checkTranslationSettings, type TranslationSettings, translationSettings } from './settings.js';
import { translationTask } from './task.js';
import { TranslationFiles } from './translation-files.js';

/** Where a run's data and files are. */
export interface TranslationRunOptions {
  /** A directory that has the data set already. */
  dataDir?: string | undefined;
  /** Where tokenizer, log and checkpoints go; resumes an unfinished run found there. */
  directory: string;
  signal: AbortSignal;
}

/**
 * Trains the Transformer on Multi30k, translates the test set and computes BLEU. Keeps everything in the run's
 * directory: `data.json`, `tokenizer.json`, `log.jsonl`, checkpoints, `model.safetensors`, the translations and
 * `result.json`.
 *
 * @throws RangeError if a setting is out of range or something is in the way of a file; DatasetError if the data cannot
 *   be had; Error if the directory holds a run on other data, with another vocabulary or with other settings;
 *   WriteError naming a file that cannot be written after all
 * @throws InterruptedError when the signal is aborted; a checkpoint is written before
 */
export async function translationRun(
  given: TranslationSettings,
  options: TranslationRunOptions,
): Promise<TranslationResult> {
  checkKeys('translationRun', 'options', options, ['dataDir', 'directory', 'signal']);
  const { dataDir, directory, signal } = options;
  const settings = checkTranslationSettings('translationRun', given);
  const files = new TranslationFiles(directory);
  checkOutputs('translationRun: directory', directory, files.outputs('de'));
  refuseOtherData(files.data);
  useFastGradients({ execution: settings.execution });
  const dataset = await loadTextPairs('multi30k', { signal, ...(dataDir !== undefined && { directory: dataDir }) });
  // The tokenizer comes first and is learned from the data.
  const isBegun = [files.tokenizer, files.checkpoints].some((path) => existsSync(path));
  if (isBegun) checkRunData(files.data, directory, runDataOf(dataset));
  writeRunData(files.data, runDataOf(dataset));
  const tokenizer = tokenizerOf(dataset, settings, files);
  const model = new Transformer({
    ...transformerSizes[settings.size],
    vocabularySize: tokenizer.vocabularySize,
    norm: settings.norm,
    dropout: settings.dropout,
    padding: SPECIAL_TOKENS.padding,
    seed: settings.seed,
  });
  try {
    const log = new RunLog(files.log, { everySteps: 20 });
    const { steps, seconds } = await trainModel(model, tokenizer, dataset, settings, { log, files, signal });
    saveTransformer(model, files.model);
    const { bleu, translations } = await measureBleu(model, tokenizer, dataset.test, settings, signal);
    writeFileAtomicSync(files.translations(dataset.targetLanguage), `${translations.join('\n')}\n`);
    const { train, validation, test } = dataset;
    const result: TranslationResult = {
      format: 'winnow-translation/1',
      created: new Date().toISOString(),
      command: winnowCommand(['translate', '--data-dir', 'DIR', ...changedOptions(translationSettings, settings)]),
      dataset: dataset.title,
      datasetDigest: dataset.digest,
      model: `Transformer ${settings.size}`,
      languages: [dataset.sourceLanguage, dataset.targetLanguage],
      parameters: model.parameterCount,
      pairs: { train: train.count, validation: validation.count, test: test.count },
      settings: { ...settings },
      environment: describeEnvironment(),
      steps,
      seconds: Number(seconds.toFixed(1)),
      log: log.records.flatMap((record) => (record.kind === 'steps' ? [without(record)] : [])),
      evaluations: log.records.flatMap((record) =>
        record.kind === 'evaluation' ? [without(record)] : [],
      ) as unknown as TranslationResult['evaluations'],
      bleu,
      examples: translations
        .slice(0, 5)
        .map((target, i) => ({ source: test.source[i] as string, target, reference: test.target[i] as string })),
    };
    writeFileAtomicSync(files.result, `${JSON.stringify(result, null, 1)}\n`);
    return result;
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    model.dispose();
  }
}

async function trainModel(
  model: Transformer,
  tokenizer: SubwordTokenizer,
  dataset: TextPairDataset,
  settings: TranslationSettings,
  { log, files, signal }: { log: RunLog; files: TranslationFiles; signal: AbortSignal },
): Promise<{ steps: number; seconds: number }> {
  const { epochs, batchSize, labelSmoothing, seed, learningRate: peak, warmup, beta2, epsilon } = settings;
  const optimizer = adam({ beta2, epsilon });
  try {
    const task = translationTask({
      name: `${dataset.name} ${dataset.sourceLanguage}-${dataset.targetLanguage}`,
      model,
      train: encodePairs(dataset.train, tokenizer),
      validation: encodePairs(dataset.validation, tokenizer),
      batchSize,
      labelSmoothing,
      seed,
    });
    // What decides the translations alone may change without training again.
    const { beam: _, lengthPenalty: __, execution, ...identity } = settings;
    const result = await trainTask(task, {
      epochs,
      learningRate: { kind: 'one-cycle', peak, warmup },
      optimizer,
      // The tokenizer's file may have been exchanged since.
      // Dense is what checkpoints of before were trained with.
      identity: {
        ...identity,
        ...(execution !== 'dense' && { execution }),
        data: dataset.digest,
        tokenizer: digestOf(tokenizer),
      },
      checkpoint: { directory: files.checkpoints, everySteps: 100 },
      signal,
      observers: [log, new TrainingProgress({ title: 'Training the Transformer' })],
    });
    if (result.interrupted) throw new InterruptedError();
    return result;
  } finally {
    optimizer.dispose();
  }
}

function digestOf(tokenizer: SubwordTokenizer): string {
  return createHash('sha256').update(JSON.stringify(tokenizer)).digest('hex').slice(0, 32);
}

/**
 * The tokenizer in a run's directory, or one learned from the training pairs and kept there.
 *
 * @throws Error if what the directory has been trained needs another one
 */
function tokenizerOf(
  { train }: TextPairDataset,
  { vocabularySize, lowerCase }: TranslationSettings,
  { path: directory, tokenizer: file, checkpoints, model }: TranslationFiles,
): SubwordTokenizer {
  const kept = existsSync(file) ? SubwordTokenizer.load(file) : undefined;
  if (kept?.lowerCase === lowerCase && kept.vocabularySize === vocabularySize) return kept;
  const tokenizer = SubwordTokenizer.learn([...train.source, ...train.target], { vocabularySize, lowerCase });
  // Of short texts fewer tokens are learned than asked for.
  if (kept && digestOf(kept) === digestOf(tokenizer)) return kept;
  const isTrained = [checkpoints, model].some((path) => existsSync(path));
  if (kept && isTrained) {
    const described = (one: SubwordTokenizer) => `vocabularySize ${one.vocabularySize}, lowerCase ${one.lowerCase}`;
    throw new Error(
      `${directory} holds a run with another vocabulary (tokenizer.json has ${described(kept)}, is now ` +
        `${described(tokenizer)}); choose another directory (--out), or give the settings of that run`,
    );
  }
  tokenizer.save(file);
  return tokenizer;
}

function without<Record extends LogRecord>({ kind: _, ...rest }: Record): Omit<Record, 'kind'> {
  return rest;
}
