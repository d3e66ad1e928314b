"""PyTorch's softmax cross-entropy, layer normalisation, GELU and bias with activation: values and gradients. Writes
training_ops.json beside this file.

    python training_ops.py        (torch, numpy)
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F


def numbers(tensor):
    return {"shape": list(tensor.shape), "values": [float(str(np.float32(x))) for x in tensor.detach().numpy().ravel()]}


def gradients(output, dy, inputs):
    return [numbers(g) for g in torch.autograd.grad(output, inputs, dy)]


def tensor(*shape, scale=1.0, shift=0.0):
    return (torch.randn(*shape) * scale + shift).requires_grad_()


def cross_entropy():
    cases = []
    settings = [([2, 3, 17], 0.0, None), ([5, 40], 0.1, None), ([6, 33], 0.1, 0), ([4, 3], 1.0, -100)]
    for shape, smoothing, ignore in settings:
        logits = tensor(*shape, scale=4)
        labels = torch.randint(0, shape[-1], shape[:-1])
        if ignore is not None:
            labels.view(-1)[::3] = ignore
        loss = F.cross_entropy(
            logits.reshape(-1, shape[-1]),
            labels.reshape(-1),
            reduction="none",
            label_smoothing=smoothing,
            ignore_index=-12345 if ignore is None else ignore,
        ).reshape(labels.shape)
        dy = torch.randn(labels.shape)
        cases.append(
            {
                "options": {"labelSmoothing": smoothing, **({} if ignore is None else {"ignoreLabel": ignore})},
                "labels": {"shape": list(labels.shape), "values": labels.flatten().tolist()},
                "inputs": [numbers(logits)],
                "output": numbers(loss),
                "dy": numbers(dy),
                "gradients": gradients(loss, dy, [logits]),
            }
        )
    return cases


def layer_norm():
    cases = []
    for shape, epsilon in [([4, 5, 19], 1e-5), ([3, 64], 1e-3), ([7], 1e-5), ([40, 8], 1e-5)]:
        x, scale, offset = tensor(*shape, scale=2, shift=1), tensor(shape[-1], shift=1), tensor(shape[-1])
        y = F.layer_norm(x, [shape[-1]], scale, offset, epsilon)
        dy = torch.randn(shape)
        cases.append(
            {
                "options": {"epsilon": epsilon},
                "inputs": [numbers(x), numbers(scale), numbers(offset)],
                "output": numbers(y),
                "dy": numbers(dy),
                "gradients": gradients(y, dy, [x, scale, offset]),
            }
        )
    return cases


def gelu():
    cases = []
    small = torch.tensor([0.0, -0.0, 1e-20, -1e-20])
    x = torch.cat([torch.linspace(-12, 12, 61), small]).reshape(5, 13).requires_grad_()
    for approximate in ["none", "tanh"]:
        y = F.gelu(x, approximate=approximate)
        dy = torch.randn(x.shape)
        cases.append(
            {
                "options": {"approximate": approximate},
                "inputs": [numbers(x)],
                "output": numbers(y),
                "dy": numbers(dy),
                "gradients": gradients(y, dy, [x]),
            }
        )
    return cases


def add_bias():
    cases = []
    for shape, activation in [([2, 9, 7], None), ([33, 18], "relu"), ([4, 3, 2, 17], "gelu"), ([5], "gelu")]:
        x, bias = tensor(*shape, scale=2), tensor(shape[-1])
        y = {None: lambda t: t, "relu": F.relu, "gelu": F.gelu}[activation](x + bias)
        dy = torch.randn(shape)
        cases.append(
            {
                "options": {} if activation is None else {"activation": activation},
                "inputs": [numbers(x), numbers(bias)],
                "output": numbers(y),
                "dy": numbers(dy),
                "gradients": gradients(y, dy, [x, bias]),
            }
        )
    return cases


def main():
    torch.manual_seed(11)
    golden = {
        "torch": torch.__version__,
        "softmaxCrossEntropy": cross_entropy(),
        "layerNorm": layer_norm(),
        "gelu": gelu(),
        "addBias": add_bias(),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
