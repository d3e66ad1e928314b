import { tf } from '@winnow/tensorflow';
import { type SequenceSide, TRAINING } from './sequence-step.js';
import { type TransformerSpec, transformerVariables } from './transformer-spec.js';

/**
 * The peer `tfjs-stock`: the same Transformer as tfjs users would write it, with tfjs's operations, gradients and Adam.
 */
export function stockTransformer(spec: TransformerSpec): SequenceSide {
  const { width, heads, layers, length, vocabularySize } = spec;
  const variables = new Map(
    transformerVariables(spec).map(({ name, shape }) => [name, tf.variable(tf.zeros([...shape]))]),
  );
  const weight = (name: string) => variables.get(name) as tf.Variable;
  const positions = tf.tensor2d(sinusoids(length, width), [length, width]);
  const later = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([length, length]), -1, 0)), -1e9);
  const optimizer = tf.train.adam(TRAINING.learningRate, TRAINING.beta1, TRAINING.beta2, TRAINING.epsilon);

  const project = (path: string, x: tf.Tensor) => {
    const [batch, tokens, from] = x.shape as [number, number, number];
    const kernel = weight(`${path}/kernel`);
    const y = tf.add(tf.matMul(tf.reshape(x, [batch * tokens, from]), kernel as tf.Tensor2D), weight(`${path}/bias`));
    return tf.reshape(y, [batch, tokens, kernel.shape[1] as number]);
  };
  const normalise = (path: string, x: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const normalised = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(normalised, weight(`${path}_norm/scale`)), weight(`${path}_norm/offset`));
  };
  const split = (x: tf.Tensor) => {
    const [batch, tokens] = x.shape as [number, number];
    return tf.transpose(tf.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
  };
  const attend = (path: string, x: tf.Tensor, memory: tf.Tensor, mask: tf.Tensor) => {
    const [query, key, value] = [['query', x] as const, ['key', memory] as const, ['value', memory] as const].map(
      ([map, input]) => split(project(`${path}/${map}`, input)),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const products = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(width / heads));
    const gathered = tf.matMul(tf.softmax(tf.add(products, mask)), value);
    return project(`${path}/output`, tf.reshape(tf.transpose(gathered, [0, 2, 1, 3]), x.shape));
  };

  return {
    variables,
    loss({ source, target, labels }, training) {
      const drop = (x: tf.Tensor) => (training && spec.dropout > 0 ? tf.dropout(x, spec.dropout) : x);
      const embed = (tokens: tf.Tensor) =>
        drop(tf.add(tf.mul(tf.gather(weight('embedding'), tokens as tf.Tensor2D), Math.sqrt(width)), positions));
      const sublayer = (path: string, x: tf.Tensor, run: (x: tf.Tensor) => tf.Tensor) =>
        normalise(path, tf.add(x, drop(run(x))));
      const feedForward = (path: string, x: tf.Tensor) =>
        sublayer(path, x, (y) => project(`${path}/outer`, tf.relu(project(`${path}/inner`, y))));
      const padding = tf.reshape(tf.mul(tf.cast(tf.equal(source, 0), 'float32'), -1e9), [-1, 1, 1, length]);

      let states = embed(source);
      for (let layer = 1; layer <= layers; layer++) {
        const path = `encoder/layer${layer}`;
        states = sublayer(`${path}/attention`, states, (y) => attend(`${path}/attention`, y, y, padding));
        states = feedForward(`${path}/feed_forward`, states);
      }
      let x = embed(target);
      for (let layer = 1; layer <= layers; layer++) {
        const path = `decoder/layer${layer}`;
        x = sublayer(`${path}/attention`, x, (y) => attend(`${path}/attention`, y, y, later));
        x = sublayer(`${path}/cross_attention`, x, (y) => attend(`${path}/cross_attention`, y, states, padding));
        x = feedForward(`${path}/feed_forward`, x);
      }
      const flat = tf.reshape(x, [-1, width]) as tf.Tensor2D;
      const logits = tf.matMul(flat, weight('embedding') as tf.Tensor2D, false, true);
      const flatLabels = tf.reshape(labels, [-1]) as tf.Tensor1D;
      const smoothing = TRAINING.labelSmoothing;
      const goal = tf.add(tf.mul(tf.oneHot(flatLabels, vocabularySize), 1 - smoothing), smoothing / vocabularySize);
      const losses = tf.neg(tf.sum(tf.mul(goal, tf.logSoftmax(logits)), -1));
      const counted = tf.cast(tf.notEqual(flatLabels, 0), 'float32');
      return tf.div(tf.sum(tf.mul(losses, counted)), tf.sum(counted)) as tf.Scalar;
    },
    update: (_, gradients) =>
      optimizer.applyGradients(Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }))),
  };
}

function sinusoids(length: number, width: number): Float32Array {
  return Float32Array.from({ length: length * width }, (_, i) => {
    const [place, column] = [Math.floor(i / width), i % width];
    const angle = place / 10_000 ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}
