import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Transformer, transformerSizes } from '@winnow/models';
import { adam } from '@winnow/ops';
import { loadTextPairs, type TextPairDataset } from '../datasets/index.js';
import { InterruptedError } from '../experiments/index.js';
import { encodePairs, SPECIAL_TOKENS, SubwordTokenizer } from '../text/index.js';
import { RunLog, TrainingProgress, trainTask } from '../train/index.js';
import { checkTranslationSettings, type TranslationSettings } from './settings.js';
import { translationTask } from './task.js';

/** Where a run's data and files are. */
export interface TranslationRunOptions {
  /** A directory that has the data set already. */
  data?: string | undefined;
  /** Where tokenizer, log and checkpoints go; an unfinished run there is gone on from. */
  directory: string;
  signal: AbortSignal;
}

/** Trains the Transformer on Multi30k. */
export async function translationRun(
  settings: TranslationSettings,
  { data, directory, signal }: TranslationRunOptions,
): Promise<void> {
  checkTranslationSettings('translationRun', settings);
  const dataset = await loadTextPairs('multi30k', { signal, ...(data !== undefined && { directory: data }) });
  mkdirSync(directory, { recursive: true });
  const tokenizer = tokenizerOf(dataset, settings, join(directory, 'tokenizer.json'));
  const { epochs, batchSize, labelSmoothing, seed, learningRate: peak, warmup, beta2, epsilon } = settings;
  const model = new Transformer({
    ...transformerSizes[settings.size],
    vocabularySize: tokenizer.vocabularySize,
    norm: settings.norm,
    dropout: settings.dropout,
    padding: SPECIAL_TOKENS.padding,
    seed,
  });
  const optimizer = adam({ beta2, epsilon });
  const log = new RunLog(join(directory, 'log.jsonl'), { everySteps: 20 });
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
    const { beam: _, lengthPenalty: __, ...identity } = settings;
    const result = await trainTask(task, {
      epochs,
      learningRate: { kind: 'one-cycle', peak, warmup },
      optimizer,
      identity,
      checkpoint: { directory: join(directory, 'checkpoints'), everySteps: 100 },
      signal,
      observers: [log, new TrainingProgress({ title: 'Training the Transformer' })],
    });
    if (result.interrupted) throw new InterruptedError();
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** The tokenizer in `file`, or one learned from the training pairs and kept there. */
function tokenizerOf(
  { train }: TextPairDataset,
  { vocabularySize, lowerCase }: TranslationSettings,
  file: string,
): SubwordTokenizer {
  if (existsSync(file)) {
    const kept = SubwordTokenizer.load(file);
    if (kept.lowerCase === lowerCase && kept.vocabularySize === vocabularySize) return kept;
  }
  const tokenizer = SubwordTokenizer.learn([...train.source, ...train.target], { vocabularySize, lowerCase });
  tokenizer.save(file);
  return tokenizer;
}
