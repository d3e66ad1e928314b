export { parseAnyResult } from './any-result.js';
export { ResultFileError } from './result-file.js';
export {
  parseSweepResult,
  readSweepResult,
  type SweepResult,
  type SweepRun,
  writeSweepResult,
} from './sweep-result.js';
export {
  parseTrainingResult,
  readTrainingResult,
  type TrainingEvaluation,
  type TrainingResult,
} from './training-result.js';
export { parseTranslationResult, readTranslationResult, type TranslationResult } from './translation-result.js';
