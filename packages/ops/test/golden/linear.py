"""PyTorch's linear layers with weights that are masked: values and gradients, the kernel's at the kept weights. Writes
linear.json beside this file.

    python linear.py        (torch, numpy)
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F


def numbers(tensor):
    return {"shape": list(tensor.shape), "values": [float(str(np.float32(x))) for x in tensor.detach().numpy().ravel()]}


def case(outer, fan_in, units, activation, has_bias, density):
    x = torch.randn(*outer, fan_in, requires_grad=True)
    kernel = torch.randn(fan_in, units)
    mask = (torch.rand(fan_in, units) < density).float()
    # Kept weights that are 0, as those that have just grown: they have a gradient.
    kernel[::3] = 0
    kernel = (kernel * mask).requires_grad_()
    bias = torch.randn(units, requires_grad=True)
    y = x @ (kernel * mask) + (bias if has_bias else 0)
    y = {"none": lambda v: v, "relu": F.relu, "gelu": F.gelu}[activation](y)
    dy = torch.randn(y.shape)
    inputs = [x, kernel] + ([bias] if has_bias else [])
    return {
        "activation": activation,
        "inputs": [numbers(each) for each in inputs],
        "mask": numbers(mask),
        "output": numbers(y),
        "dy": numbers(dy),
        "gradients": [numbers(each) for each in torch.autograd.grad(y, inputs, dy)],
    }


torch.manual_seed(1)
cases = [
    case([19], 33, 17, "relu", True, 0.3),
    case([3, 6], 20, 70, "gelu", True, 0.1),
    case([2, 3, 4], 7, 9, "none", True, 0.5),
    case([1], 65, 5, "gelu", False, 0.2),
    case([18], 9, 30, "relu", False, 0.9),
    case([17], 130, 3, "none", False, 0.05),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")) + "\n")
