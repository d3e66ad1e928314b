import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let restore: () => void;
beforeEach(() => {
  restore = useFastGradients();
});
afterEach(() => restore());

/** The same with tfjs's own backward pass. */
function withStock<T>(run: () => T): T {
  restore();
  try {
    return run();
  } finally {
    restore = useFastGradients();
  }
}

const x = () => tf.randomNormal([4, 4], 0, 1, 'float32', 1) as tf.Tensor2D;
const valuesOf = (tensors: (tf.Tensor | null)[]) => tensors.map((tensor) => tensor && [...tensor.dataSync()]);

/** Functions whose tapes share, branch, hand on and drop gradients. */
const functions: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  'one tensor for both inputs': (a) => tf.mul(a, a),
  'a chain with a tensor used thrice': (a, b) => {
    const y = tf.tanh(tf.matMul(a, b));
    return tf.sum(tf.add(tf.mul(y, tf.sigmoid(y)), y));
  },
  'a part that the result does not depend on': (a, b) => {
    tf.exp(tf.mul(a, b));
    return tf.sum(tf.square(b));
  },
  'several outputs of which one is used': (a, b) => tf.sum(tf.square(tf.split(tf.concat([a, b]), 2)[1]!)),
  'a gradient handed on as it came': (a, b) => {
    const same = tf.customGrad((t) => ({ value: tf.clone(t as tf.Tensor), gradFunc: (dy: tf.Tensor) => dy }));
    const both = tf.customGrad((t, u) => ({
      value: tf.add(t as tf.Tensor, u as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => [dy, dy],
    }));
    return both(same(tf.tanh(a)), same(tf.tanh(tf.add(a, b))));
  },
  'a gradient that is a saved tensor': (a, b) => {
    const odd = tf.customGrad((t, save) => {
      (save as tf.GradSaveFunc)([t as tf.Tensor]);
      return { value: tf.clone(t as tf.Tensor), gradFunc: (_: tf.Tensor, saved: tf.Tensor[]) => saved[0]! };
    });
    return tf.add(odd(tf.mul(a, b)), odd(a));
  },
  'relu, softmax, gather, broadcasting': (a, b) =>
    tf.softmax(tf.add(tf.relu(tf.gather(a, [0, 0, 3, 1])), tf.slice(b, [1, 0], [1, 4]))),
};

describe('the backward pass that frees as it goes', () => {
  for (const [name, f] of Object.entries(functions)) {
    it(`equals tfjs's: ${name}`, () => {
      const inputs = [x(), tf.add(x(), 0.5)];
      const gradients = () =>
        valuesOf(tf.grads((...t: tf.Tensor[]) => tf.add(f(t[0]!, t[1]!), tf.mul(0, tf.add(t[0]!, t[1]!))))(inputs));
      expect(gradients()).toEqual(withStock(gradients));
    });
  }

  it('gives the gradient of a tensor that is a step on the way, and takes dy', () => {
    const gradients = () => {
      const [a, dy] = [x(), tf.add(x(), 1)];
      return tf.tidy(() => {
        let inner: tf.Tensor | undefined;
        const engine = tf.engine() as unknown as {
          gradients(f: () => tf.Tensor, xs: tf.Tensor[], dy: tf.Tensor): { grads: tf.Tensor[] };
        };
        inner = tf.keep(tf.exp(a));
        const { grads } = engine.gradients(() => tf.square(tf.mul(inner!, a)), [a, inner], dy);
        return valuesOf([...grads, dy]) as number[][];
      });
    };
    expect(gradients()).toEqual(withStock(gradients));
  });

  it('gives gradients of gradients', () => {
    const second = () => {
      const inner = tf.grad((t: tf.Tensor) => tf.sum(tf.mul(t, tf.square(t))));
      return valuesOf([tf.grad((t: tf.Tensor) => tf.sum(inner(t)))(x())]);
    };
    const expected = tf.mul(6, x()).dataSync();
    for (const [i, value] of second()[0]!.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    expect(second()).toEqual(withStock(second));
  });

  it('keeps no tensor, whether it ends well or throws', () => {
    const a = x();
    const before = tf.memory().numTensors;
    tf.grad((t: tf.Tensor) => tf.sum(tf.square(tf.tanh(t))))(a).dispose();
    const failing = tf.customGrad((t) => ({
      value: tf.clone(t as tf.Tensor),
      gradFunc: (): tf.Tensor => {
        throw new Error('no such gradient');
      },
    }));
    expect(() => tf.grad((t: tf.Tensor) => tf.sum(tf.square(failing(tf.tanh(t)))))(a)).toThrow('no such gradient');
    expect(() => tf.grad(() => tf.scalar(1))(a)).toThrow('does not depend on any of xs');
    const misshapen = tf.customGrad((t) => ({ value: tf.clone(t as tf.Tensor), gradFunc: () => tf.ones([2]) }));
    expect(() => tf.grad((t: tf.Tensor) => misshapen(t))(a)).toThrow('must be float32 [4,4], got float32 [2]');
    expect(() => tf.grad((t: tf.Tensor) => tf.sum(tf.tanh(t)) as tf.Scalar)(a, tf.ones([2]))).toThrow();
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 1);
  });

  it('holds fewer tensors at once than tfjs, and trains alike', () => {
    const train = () => {
      const w = tf.variable(x());
      const optimizer = tf.train.sgd(0.1);
      let most = 0;
      const watched = tf.customGrad((t) => ({
        value: tf.clone(t as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => {
          most = Math.max(most, tf.memory().numBytes);
          return tf.clone(dy);
        },
      }));
      const inputs = tf.randomNormal([500, 4], 0, 1, 'float32', 2);
      for (let step = 0; step < 3; step++) {
        optimizer.minimize(
          () => {
            let y: tf.Tensor = tf.matMul(watched(tf.mul(inputs, tf.slice(w, [0, 0], [1, 4]))) as tf.Tensor2D, w);
            for (let i = 0; i < 10; i++) y = tf.tanh(y);
            return tf.mean(tf.square(y)) as tf.Scalar;
          },
          false,
          [w],
        );
      }
      const result = { weights: [...w.dataSync()], most };
      tf.dispose([w, inputs]);
      optimizer.dispose();
      return result;
    };
    const [lean, stock] = [train(), withStock(train)];
    expect(lean.weights).toEqual(stock.weights);
    // Ten activations and ten gradients of 8,000 bytes less.
    expect(stock.most - lean.most).toBeGreaterThan(10 * 8000);
  });
});
