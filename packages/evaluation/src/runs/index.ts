export { evaluationOf, parseMethod, type RunConfig, readSettings, runConfig, scheduleOf } from './config.js';
export { RunDirectory } from './run-directory.js';
export { SETTINGS, type Setting } from './settings.js';
export { type TrainRunOptions, trainRun } from './train-run.js';
