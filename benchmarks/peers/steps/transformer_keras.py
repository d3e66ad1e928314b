"""The Transformer of src/steps/transformer.ts in Keras on TensorFlow, in graph mode: a whole training step with Adam
and label smoothing."""
import numpy as np

from .kernels import Kernels
from .keras_step import keras, set_threads, tf

layers = keras.layers


def set_dense(layer, weights, path):
    layer.set_weights([weights[f"{path}/kernel"], weights[f"{path}/bias"]])


def set_norm(layer, weights, path):
    layer.set_weights([weights[f"{path}_norm/scale"], weights[f"{path}_norm/offset"]])


def set_attention(layer, weights, path, heads):
    """Keras keeps the heads apart: kernels [d, heads, d / heads], the output's [heads, d / heads, d]."""
    values = []
    for name in ("query", "key", "value"):
        kernel, bias = weights[f"{path}/{name}/kernel"], weights[f"{path}/{name}/bias"]
        values += [kernel.reshape(len(kernel), heads, -1), bias.reshape(heads, -1)]
    kernel = weights[f"{path}/output/kernel"]
    layer.set_weights([*values, kernel.reshape(heads, -1, kernel.shape[1]), weights[f"{path}/output/bias"]])


def positions(length, width):
    angles = np.arange(length)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, width).astype(np.float32)


def build(weights, network):
    heads, width, rate, length = network["heads"], network["width"], network["dropout"], network["length"]
    later = []  # Weights are set when the model is built.

    def sublayer(x, inside, path):
        norm = layers.LayerNormalization(epsilon=1e-5)
        later.append(lambda: set_norm(norm, weights, path))
        return norm(x + layers.Dropout(rate)(inside))

    def attend(x, memory, path, mask=None, causal=False):
        attention = layers.MultiHeadAttention(heads, width // heads)
        later.append(lambda: set_attention(attention, weights, path, heads))
        return sublayer(x, attention(x, memory, attention_mask=mask, use_causal_mask=causal), path)

    def feed_forward(x, path):
        inner, outer = layers.Dense(network["innerWidth"], "relu"), layers.Dense(width)
        later.append(lambda: (set_dense(inner, weights, f"{path}/inner"), set_dense(outer, weights, f"{path}/outer")))
        return sublayer(x, outer(inner(x)), path)

    source, target = keras.Input((length,), dtype="int32"), keras.Input((length,), dtype="int32")
    embedding = layers.Embedding(network["vocabularySize"], width)
    later.append(lambda: embedding.set_weights([weights["embedding"]]))
    places = positions(length, width)

    def embed(tokens):
        return layers.Dropout(rate)(embedding(tokens) * width**0.5 + places)

    seen = keras.ops.expand_dims(keras.ops.not_equal(source, 0), 1)
    states = embed(source)
    for path in (f"encoder/layer{i + 1}" for i in range(network["layers"])):
        states = feed_forward(attend(states, states, f"{path}/attention", seen), f"{path}/feed_forward")
    x = embed(target)
    for path in (f"decoder/layer{i + 1}" for i in range(network["layers"])):
        x = attend(x, x, f"{path}/attention", causal=True)
        x = feed_forward(attend(x, states, f"{path}/cross_attention", seen), f"{path}/feed_forward")
    model = keras.Model([source, target], x)
    for assign in later:
        assign()
    return model, embedding


class Step:
    def __init__(self, params, inputs):
        training = params["training"]
        model, embedding = build(Kernels(params["weights"], inputs["weights"]), params["network"])
        source, target = tf.constant(inputs["source"]), tf.constant(inputs["target"])
        labels = tf.reshape(tf.constant(inputs["labels"]), [-1])
        counted = tf.cast(labels != 0, tf.float32)
        smoothing = training["labelSmoothing"]
        self.checked_steps = training["checkedSteps"]
        optimizer = keras.optimizers.Adam(
            training["learningRate"], training["beta1"], training["beta2"], training["epsilon"]
        )
        variables = model.trainable_variables
        optimizer.build(variables)

        @tf.function
        def step(with_dropout):
            with tf.GradientTape() as tape:
                states = model([source, target], training=with_dropout)
                states = tf.reshape(states, [-1, states.shape[-1]])
                logits = tf.matmul(states, embedding.embeddings.value, transpose_b=True)
                # With the smoothed labels, by way of the fused kernel for plain ones.
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
                of_labels = tf.gather(logits, labels, batch_dims=1)
                losses += smoothing * (of_labels - tf.reduce_mean(logits, -1))
                loss = tf.reduce_sum(losses * counted) / tf.reduce_sum(counted)
            gradients = tape.gradient(loss, [variable.value for variable in variables])
            optimizer.apply(gradients, variables)
            return loss

        self.step = step

    def check(self):
        # Without dropout, whose masks are no other side's.
        return np.array([self.step(False).numpy() for _ in range(self.checked_steps)], np.float32)

    def run(self):
        self.step(True).numpy()


def prepare(params, inputs):
    set_threads()
    return Step(params, inputs)
