export { EventFile } from './event-file.js';
export { type Histogram, histogramOf } from './histogram.js';
export { TensorBoard, type TensorBoardOptions } from './tensorboard.js';
