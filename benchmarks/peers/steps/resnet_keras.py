"""The networks of src/steps/resnet.ts in Keras."""
from .kernels import Kernels
from .keras_step import KerasStep, keras, set_threads

layers = keras.layers


def normalise(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9, epsilon=1e-3)(x))


def build(kernels, network):
    def convolution(x, name, strides=1):
        kernel = kernels[name]
        layer = layers.Conv2D(kernel.shape[3], kernel.shape[0], strides, padding="same", use_bias=False, name=name)
        return layer(x)

    image = keras.Input((32, 32, 3))
    x = convolution(image, "first_conv")
    for stage in range(len(network["widths"])):
        for block in range(network["blocks"]):
            name, strides = f"stage{stage + 1}_block{block + 1}", 2 if stage > 0 and block == 0 else 1
            activated = normalise(x)
            shortcut = f"{name}_shortcut"
            skip = convolution(activated, shortcut, strides) if shortcut in kernels else x
            y = convolution(activated, f"{name}_conv1", strides)
            x = layers.Add()([skip, convolution(normalise(y), f"{name}_conv2")])
    x = layers.GlobalAveragePooling2D()(normalise(x))
    model = keras.Model(image, layers.Dense(network["classes"], name="logits")(x))
    for name, kernel in kernels.items():
        model.get_layer(name).kernel.assign(kernel)
    return model


def prepare(params, inputs):
    set_threads()
    model = build(Kernels(params["kernels"], inputs["kernels"]), params["network"])
    return KerasStep(model, inputs["images"], inputs["labels"], params["training"])
