import { EllMatrix, SparsePlan, spmm } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { prunedLayer, type SpmmParameters } from './spmm.js';

/**
 * A training step of one pruned feed-forward layer y = x · W with a fixed pattern: the product, and the gradients of x
 * and of the kept weights. Our side runs as in training, on TensorFlow with a plan. Weights move between calls.
 */
const cases = [60, 70, 80, 90, 95, 99].map(
  (percent): BenchmarkCase => ({
    name: `sparse-step/512x2048x1024/${percent}`,
    params: { fanIn: 512, units: 2048, tokens: 1024, sparsity: percent / 100, layout: 'tokens' },
    peers: ['onednn-dense', 'pytorch'],
    tolerance: 1e-5,
  }),
);

function inputs(params: Parameters): Record<string, Input> {
  const { units, tokens } = params as unknown as SpmmParameters;
  return { ...prunedLayer(params), dy: { data: normalNumbers(tokens * units, 3), shape: [tokens, units] } };
}

function prepare(_params: Parameters, given: Record<string, Input>): Workload {
  const tensor = ({ data, shape }: Input) => tf.tensor2d(data, shape as [number, number], 'float32');
  const [x, kernel, dy] = [tensor(given['x']!), tensor(given['kernel']!), tensor(given['dy']!)];
  const matrix = EllMatrix.fromKernel(kernel);
  const plan = new SparsePlan(matrix);
  let values = matrix.values;
  // Results in the order y, dx, dW. A gradient tape keeps what the gradients need.
  const step = () =>
    tf.tidy(() => {
      const product = (v: tf.Tensor, d: tf.Tensor) => spmm(d, plan.withValues(v), { transposeB: true });
      const { value, grads } = tf.valueAndGrads(product)([values, x], dy);
      return [value, grads[1], grads[0]] as tf.Tensor[];
    });
  return {
    check() {
      const results = step();
      const arrays = results.map((result) => result.dataSync<'float32'>());
      const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const array of arrays) {
        joined.set(array, at);
        at += array.length;
      }
      tf.dispose(results);
      return joined;
    },
    between() {
      const moved = tf.mul(values, 1.0001);
      values.dispose();
      values = moved;
    },
    run: () => tf.dispose(step()),
    dispose: () => tf.dispose([x, kernel, dy, values, plan.matrix.columnIndices, plan.matrix.rowOffsets]),
  };
}

export const suite: Suite = { name: 'sparse-step', cases, inputs, prepare };
