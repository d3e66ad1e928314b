"""The networks of src/steps/resnet.ts in Keras."""
from .kernels import Kernels
from .keras_step import KerasStep, keras, set_threads

layers = keras.layers


def build(kernels, network):
    def convolution(x, name, strides=1):
        kernel = kernels[name]
        size, padding = kernel.shape[0], "same"
        if network["padding"] == "symmetric" and strides == 2 and size > 1:
            x, padding = layers.ZeroPadding2D(size // 2)(x), "valid"
        return layers.Conv2D(kernel.shape[3], size, strides, padding, use_bias=False, name=name)(x)

    def normalise(x):
        return layers.BatchNormalization(momentum=0.9, epsilon=network["epsilon"])(x)

    def activate(x):
        return layers.ReLU()(normalise(x))

    def preactivation_block(x, name, strides):
        activated = activate(x)
        shortcut = f"{name}_shortcut"
        skip = convolution(activated, shortcut, strides) if shortcut in kernels else x
        y = convolution(activated, f"{name}_conv1", strides)
        return layers.Add()([skip, convolution(activate(y), f"{name}_conv2")])

    def postactivation_block(x, name, strides):
        y = convolution(activate(convolution(x, f"{name}_conv1", strides)), f"{name}_conv2")
        widen = y.shape[3] - x.shape[3]
        if widen > 0:
            before = widen // 2
            x = keras.ops.pad(x[:, ::2, ::2, :], ((0, 0), (0, 0), (0, 0), (before, widen - before)))
        return layers.ReLU()(layers.Add()([x, normalise(y)]))

    is_post = network["form"] == "post"
    block_of = postactivation_block if is_post else preactivation_block
    image = keras.Input((32, 32, 3))
    x = convolution(image, "first_conv")
    if is_post:
        x = activate(x)
    for stage in range(len(network["widths"])):
        for block in range(network["blocks"]):
            x = block_of(x, f"stage{stage + 1}_block{block + 1}", 2 if stage > 0 and block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x if is_post else activate(x))
    model = keras.Model(image, layers.Dense(network["classes"], name="logits")(x))
    for name, kernel in kernels.items():
        model.get_layer(name).kernel.assign(kernel)
    return model


def prepare(params, inputs):
    set_threads()
    model = build(Kernels(params["kernels"], inputs["kernels"]), params["network"])
    return KerasStep(model, inputs["images"], inputs["labels"], params["training"])
