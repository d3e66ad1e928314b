"""The network of src/inference/resnet32.ts in PyTorch (channels-last, eager and compiled) and in ONNX Runtime.

BatchNorm is folded into the convolutions for every side. Images are put into the layout of the peer before the clock
starts. Zeros of kernels are stored and multiplied: none of the peers makes use of them.
"""
import os

import numpy as np

THREADS = int(os.environ["OMP_NUM_THREADS"])


def layers_of(params, inputs):
    """Name → (kernel, bias), as they are stored: [height, width, in, out] or [in, out]."""
    found, kernel_at, bias_at = {}, 0, 0
    for layer in params["layers"]:
        shape = layer["shape"]
        size, outputs = int(np.prod(shape)), shape[-1]
        kernel = inputs["kernels"][kernel_at : kernel_at + size].reshape(shape)
        found[layer["name"]] = kernel, inputs["biases"][bias_at : bias_at + outputs]
        kernel_at, bias_at = kernel_at + size, bias_at + outputs
    return found


def blocks_of(params):
    """(name, stride, channels that the shortcut adds) of every block."""
    before = params["widths"][0]
    for stage, width in enumerate(params["widths"]):
        for block in range(params["blocks"]):
            stride = 2 if block == 0 and stage > 0 else 1
            yield f"stage{stage + 1}_block{block + 1}", stride, width - before
            before = width


class PyTorch:
    def __init__(self, params, inputs, compiles):
        import torch
        from torch.nn import functional as F

        torch.set_num_threads(THREADS)
        torch.set_grad_enabled(False)
        layout = torch.channels_last
        layers = {}
        for name, (kernel, bias) in layers_of(params, inputs).items():
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            weight = torch.from_numpy(kernel.transpose(order).copy())
            if kernel.ndim == 4:
                weight = weight.contiguous(memory_format=layout)
            layers[name] = weight, torch.from_numpy(bias.copy())
        blocks = list(blocks_of(params))

        def network(x):
            x = F.relu(F.conv2d(x, *layers["first"], padding=1))
            for name, stride, added in blocks:
                y = F.relu(F.conv2d(x, *layers[f"{name}_conv1"], stride=stride, padding=1))
                y = F.conv2d(y, *layers[f"{name}_conv2"], padding=1)
                shortcut = x[:, :, ::stride, ::stride]
                x = F.relu(y + (F.pad(shortcut, (0, 0, 0, 0, 0, added)) if added else shortcut))
            return F.linear(x.mean((2, 3)), *layers["logits"])

        self.network = torch.compile(network) if compiles else network
        self.images = torch.from_numpy(inputs["images"]).permute(0, 3, 1, 2).contiguous(memory_format=layout)

    def check(self):
        return self.network(self.images).numpy()

    def run(self):
        return self.network(self.images)


class OnnxRuntime:
    def __init__(self, params, inputs):
        import onnx
        import onnxruntime
        from onnx import helper, numpy_helper

        nodes, constants = [], []

        def constant(name, values):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
            return name

        def add(op, name, *arguments, **attributes):
            nodes.append(helper.make_node(op, list(arguments), [name], **attributes))
            return name

        layers = layers_of(params, inputs)

        def convolution(name, x, stride=1):
            kernel, bias = layers[name]
            weights = constant(f"{name}_w", kernel.transpose(3, 2, 0, 1)), constant(f"{name}_b", bias)
            return add("Conv", name, x, *weights, pads=[1] * 4, strides=[stride] * 2, kernel_shape=[3, 3])

        x = add("Relu", "first_relu", convolution("first", "images"))
        for name, stride, added in blocks_of(params):
            y = add("Relu", f"{name}_relu1", convolution(f"{name}_conv1", x, stride))
            y = convolution(f"{name}_conv2", y)
            if stride > 1:
                x = add("AveragePool", f"{name}_fewer", x, kernel_shape=[1, 1], strides=[stride] * 2)
            if added:
                pads = constant(f"{name}_pads", np.array([0, 0, 0, 0, 0, added, 0, 0], np.int64))
                x = add("Pad", f"{name}_widened", x, pads)
            x = add("Relu", f"{name}_relu2", add("Add", f"{name}_sum", y, x))
        pooled = add("Flatten", "features", add("GlobalAveragePool", "pooled", x))
        kernel, bias = layers["logits"]
        add("Gemm", "logits", pooled, constant("logits_w", kernel), constant("logits_b", bias))
        images = np.ascontiguousarray(inputs["images"].transpose(0, 3, 1, 2))
        value = lambda name, shape: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        ends = [value("images", images.shape)], [value("logits", None)]
        graph = helper.make_graph(nodes, "resnet32", *ends, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        self.given = {"images": images}

    def check(self):
        return self.session.run(None, self.given)[0]

    def run(self):
        return self.session.run(None, self.given)


def prepare(peer, params, inputs):
    if peer == "onnxruntime":
        return OnnxRuntime(params, inputs)
    return PyTorch(params, inputs, compiles=peer == "pytorch-compile-nhwc")
