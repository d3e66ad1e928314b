import type * as tfjs from '@tensorflow/tfjs';
import type { Input, Parameters, Workload } from '../harness/suite.js';
import type { AttentionParameters } from './attention.js';

/** The peer `tfjs`: attention composed of tfjs operations on TensorFlow, with tfjs's gradients. */
export async function tfjsAttention(params: Parameters, inputs: Record<string, Input>): Promise<Workload> {
  const { tf } = (await import('@winnow/tensorflow')) as unknown as { tf: typeof tfjs };
  const { heads, queries, keys, dim, causal, pass } = params as unknown as AttentionParameters;
  const tensor = (name: string) => {
    const { data, shape } = inputs[name] as Input;
    return tf.tensor(data, [...shape]);
  };
  const [query, key, value, dy] = [tensor('query'), tensor('key'), tensor('value'), tensor('dy')];
  const later = tf.tensor2d(
    Array.from({ length: queries * keys }, (_, i) => (i % keys > Math.floor(i / keys) ? -1e9 : 0)),
    [queries, keys],
  );
  const split = (x: tfjs.Tensor) =>
    tf.transpose(tf.reshape(x, [x.shape[0] as number, x.shape[1] as number, heads, dim]), [0, 2, 1, 3]);
  const attend = (q: tfjs.Tensor, k: tfjs.Tensor, v: tfjs.Tensor) => {
    const scaled = tf.mul(tf.matMul(split(q), split(k), false, true), 1 / Math.sqrt(dim));
    const weights = tf.softmax(causal ? tf.add(scaled, later) : scaled);
    return tf.reshape(tf.transpose(tf.matMul(weights, split(v)), [0, 2, 1, 3]), dy.shape);
  };
  const call = () =>
    pass === 'forward'
      ? [attend(query, key, value)]
      : // As in training, where one forward pass serves output and gradients.
        tf.grads((...t: tfjs.Tensor[]) => attend(t[0]!, t[1]!, t[2]!))([query, key, value], dy);
  return {
    check: () =>
      tf.tidy(() => {
        const parts = pass === 'forward' ? call() : [attend(query, key, value), ...call()];
        return tf.concat(parts.map((part) => tf.reshape(part, [-1]))).dataSync<'float32'>();
      }),
    run: () => tf.dispose(call()),
  };
}
