export { parseSweepResult, readSweepResult, writeSweepResult } from '../experiments/sweep-file.js';
export { ResultFileError, type SweepResult, type SweepRun } from '../experiments/sweep-result.js';
export { parseTrainingResult, readTrainingResult } from '../runs/training-file.js';
export type { TrainingEvaluation, TrainingResult } from '../runs/training-result.js';
export { parseTranslationResult, readTranslationResult } from '../translation/translation-file.js';
export type { TranslationResult } from '../translation/translation-result.js';
