export { readSettings } from '../schema/settings.js';
export { evaluationOf, runConfig, scheduleOf } from './config.js';
export { RunDirectory } from './run-directory.js';
export { type RunConfig, SETTINGS } from './settings.js';
export { type TrainRunOptions, trainRun } from './train-run.js';
