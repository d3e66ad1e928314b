export { sweepSvg, trainingSvg, translationSvg, writeFigure } from './figure.js';
export { type Finding, findingOf } from './finding.js';
export { type ComparisonTableOptions, comparisonMarkdown, comparisonTable, sweepMarkdown } from './markdown.js';
export { methodMeasurements } from './method-measurements.js';
export { renderPng } from './render.js';
export { trainingTable, translationTable } from './run-tables.js';
export { type LabelSummary, type Spread, type SpreadPair, spread, summaries } from './summary.js';
export { bar, sweepTable, type TableOptions, wantsColour } from './table.js';
