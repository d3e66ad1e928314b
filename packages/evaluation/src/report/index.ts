export { bar } from './bar.js';
export { wantsColour } from './colour.js';
export { renderPng, sweepSvg, writeFigure } from './figure.js';
export { type Finding, findingOf } from './finding.js';
export { sweepMarkdown } from './markdown.js';
export { parseSweepResult, readSweepResult, writeSweepResult } from './result-file.js';
export { type LabelSummary, type Spread, type SpreadPair, spread, summaries } from './summary.js';
export { type AccuracyPair, ResultFileError, type SweepResult, type SweepRun } from './sweep-result.js';
export { sweepTable, type TableOptions } from './table.js';
