"""Golden models of Keras 3: topology, names of weights as Keras writes them into an h5 file, outputs.

Needs: pip install "keras>=3" torch numpy. Usage: KERAS_BACKEND=torch python3 make_keras3.py, in this folder; writes
keras3.json. Weights and inputs are not stored: `fill.py` here and `fill.ts` there compute them from names.
"""
import json
import math

import keras
import numpy as np
from keras import layers

from fill import fill


def image():
    return keras.Sequential(
        [
            layers.Input((5, 4, 2), name="x"),
            layers.Conv2D(3, 2, activation="silu", name="conv"),
            layers.LeakyReLU(negative_slope=0.1),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, seed=1),
            layers.Flatten(),
            layers.Dense(3, kernel_regularizer="l2", name="fc"),
        ]
    )


def sequences():
    words, wave = layers.Input((6,), name="words"), layers.Input((6, 4), name="wave")
    x = layers.Concatenate()([layers.Embedding(9, 4, name="embed")(words), wave])
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(x)
    x = layers.Add()([x, layers.TimeDistributed(layers.Dense(6), name="each")(x)])
    x = layers.LayerNormalization(name="norm")(x)
    return keras.Model([words, wave], layers.Dense(2, name="fc")(layers.GlobalAveragePooling1D()(x)))


def nested(at=0):
    inner_input = layers.Input((4,))
    inner = keras.Model(inner_input, layers.Dense(4, activation="tanh", name="hidden")(inner_input), name="inner")
    stacked_fc = layers.Dense(4, activation="relu", name="stacked_fc")
    stacked = keras.Sequential([layers.Input((4,)), stacked_fc], name="stacked")
    x = layers.Input((4,), name="x")
    y = stacked(inner(inner(x)))
    return keras.Model(x, [layers.Dense(2, name="fc")(y), stacked(y), inner(y)][at])


def ends_in_model():
    return nested(2)


def ends_in_sequential():
    return nested(1)


def golden(make):
    keras.utils.clear_session()
    model = make()
    for weight in model.weights:
        values = fill(weight.path, math.prod(weight.shape)).reshape(weight.shape)
        weight.assign((1 + 0.5 * values if weight.path.endswith("variance") else values).astype(np.float32))
    inputs = [
        fill(t.name, 2 * math.prod(t.shape[1:])).reshape(2, *t.shape[1:]).astype(np.float32) for t in model.inputs
    ]
    inputs = [np.floor((x + 1) * 4.5) if t.name == "words" else x for t, x in zip(model.inputs, inputs)]
    output = keras.ops.convert_to_numpy(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    return {
        "topology": {
            "keras_version": keras.__version__,
            "backend": "torch",
            "model_config": json.loads(model.to_json()),
        },
        "inputs": {t.name: [2, *t.shape[1:]] for t in model.inputs},
        "weights": {weight.path: list(weight.shape) for weight in model.weights},
        "output": [float(f"{value:.7g}") for value in output.flatten()],
    }


if __name__ == "__main__":
    cases = {make.__name__: golden(make) for make in (image, sequences, nested, ends_in_model, ends_in_sequential)}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    with open("keras3.json", "w", encoding="utf-8") as file:
        file.write("{\n" + lines + "\n}\n")
