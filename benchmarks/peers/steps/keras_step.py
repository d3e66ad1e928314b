"""A whole training step in Keras on TensorFlow, in graph mode: forward, softmax cross-entropy, backward, SGD with
momentum and weight decay."""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import tensorflow as tf


def set_threads():
    threads = int(os.environ["TF_NUM_INTRAOP_THREADS"])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


class KerasStep:
    """`model` maps `batch` to logits."""

    def __init__(self, model, batch, labels, training):
        self.checked_steps = training["checkedSteps"]
        optimizer = keras.optimizers.SGD(training["learningRate"], momentum=training["momentum"])
        variables = model.trainable_variables
        optimizer.build(variables)
        batch, labels = tf.constant(batch), tf.constant(labels)
        decay = training["weightDecay"]

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                logits = model(batch, training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, [variable.value for variable in variables])
            decayed = [g + decay * v if len(v.shape) >= 2 else g for g, v in zip(gradients, variables)]
            optimizer.apply(decayed, variables)
            return loss

        self.step = step

    def check(self):
        return np.array([self.step().numpy() for _ in range(self.checked_steps)], np.float32)

    def run(self):
        self.step().numpy()
