/** A run of 15 steps on examples of one's own; shared by a test and the process that it kills. */

import { tf } from '@winnow/tensorflow';
import type { ExampleStream, Examples, TrainingData, TrainOptions } from '@winnow/training';
import { numbers, perceptron } from './own-models.js';

const COUNT = 40;
const x = numbers(COUNT * 3, 1);
const y = Float32Array.from({ length: COUNT }, (_, i) => x[3 * i]! - 2 * x[3 * i + 1]!);

export const ownModel = () => perceptron(1);

export const ownExamples = (): Examples => ({ x, y });

/** The same examples as a stream, in an order that depends on a seed and on how often it was read. */
export function ownStream(shuffle = true): ExampleStream {
  const examples = tf.data.array(Array.from(y, (value, i) => ({ xs: [...x.subarray(3 * i, 3 * i + 3)], ys: [value] })));
  return (shuffle ? examples.shuffle(COUNT, 'seed') : examples).batch(8) as unknown as ExampleStream;
}

export function ownOptions(data: TrainingData): TrainOptions {
  return {
    epochs: 3,
    ...(!('iterator' in data) && { batchSize: 8 }),
    loss: 'meanSquaredError',
    learningRate: { kind: 'cosine', rate: 0.1 },
    seed: 7,
  };
}
