export type { SummaryValue } from './event.js';
export { EventFile } from './event-file.js';
export { type Histogram, histogramOf } from './histogram.js';
export { TensorBoard, type TensorBoardOptions } from './tensorboard.js';
