export { checkTranslationSettings, TRANSLATION_DEFAULTS, type TranslationSettings } from './settings.js';
export { meanLoss, type PairTensors, type TranslationTaskOptions, translationTask } from './task.js';
export { type TranslateOptions, translate } from './translate.js';
export { type TranslationRunOptions, translationRun } from './translation-run.js';
