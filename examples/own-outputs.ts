import { tf } from '@winnow/tensorflow';
import { evaluate, train } from '@winnow/training';

// Two inputs: [n, 4] numbers and [n, 1] words by number. Two outputs: a price, and whether it is high.
const n = 512;
const numbers = tf.randomUniform([n, 4], -1, 1, 'float32', 1);
const word = Int32Array.from({ length: n }, (_, i) => i % 10);
const price = tf.tidy(() => tf.add(tf.sum(numbers, 1), tf.div(tf.tensor1d(word), 10)));
const isHigh = tf.tidy(() => tf.greater(price, 0.5));

const given = tf.input({ shape: [4], name: 'numbers' });
const named = tf.input({ shape: [1], name: 'word', dtype: 'int32' });
const embedded = tf.layers.flatten().apply(tf.layers.embedding({ inputDim: 10, outputDim: 3 }).apply(named));
const both = tf.layers.concatenate().apply([given, embedded as tf.SymbolicTensor]);
const kernelRegularizer = tf.regularizers.l2({ l2: 1e-4 });
const hidden = tf.layers.dense({ units: 32, activation: 'relu', kernelRegularizer }).apply(both);
const outputs = [
  tf.layers.dense({ units: 1, name: 'price' }).apply(hidden),
  tf.layers.dense({ units: 1, name: 'high', activation: 'sigmoid' }).apply(hidden),
] as tf.SymbolicTensor[];
const model = tf.model({ inputs: [given, named], outputs });

const data = { x: { numbers, word }, y: { price, high: isHigh } };
const loss = { price: 'meanSquaredError', high: 'binaryCrossentropy' } as const;
await train(model, data, {
  ...{ epochs: 20, batchSize: 32, optimizer: 'adam', learningRate: { kind: 'constant', rate: 0.01 }, loss },
  classWeight: { high: { 0: 1, 1: 2 } },
});
const { metrics } = await evaluate(model, data, { loss, metrics: { price: 'mae', high: ['accuracy', 'recall'] } });
console.log(metrics); // price_loss, price_mae, high_loss, high_accuracy, high_recall
