"""Peers of the fused training operations: PyTorch's functional forms in eager mode, forward and backward, and a
copy."""
import os

import torch
import torch.nn.functional as F

from plain_copy import PlainCopy

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

FUNCTIONS = {
    "softmax-cross-entropy": lambda t: F.cross_entropy(t["x"], t["labels"], reduction="none", label_smoothing=0.1),
    "layer-norm": lambda t: F.layer_norm(t["x"], t["scale"].shape, t["scale"], t["offset"]),
    "gelu": lambda t: F.gelu(t["x"]),
    "bias-add": lambda t: t["x"] + t["offset"],
    "bias-relu": lambda t: F.relu(t["x"] + t["offset"]),
    "bias-gelu": lambda t: F.gelu(t["x"] + t["offset"]),
}
DIFFERENTIATED = {"softmax-cross-entropy": ["x"], "layer-norm": ["x", "scale", "offset"], "gelu": ["x"]}


class PyTorch:
    def __init__(self, params, inputs):
        self.tensors = {name: torch.from_numpy(array.copy()) for name, array in inputs.items()}
        if "labels" in self.tensors:
            self.tensors["labels"] = self.tensors["labels"].long()
        self.function = FUNCTIONS[params["op"]]
        self.inputs = [self.tensors[name] for name in DIFFERENTIATED.get(params["op"], ["x", "offset"])]
        for tensor in self.inputs:
            tensor.requires_grad_()

    def call(self):
        y = self.function(self.tensors)
        return [y, *torch.autograd.grad(y, self.inputs, self.tensors["dy"])]

    def check(self):
        return torch.cat([tensor.detach().flatten()[: 1 << 16] for tensor in self.call()]).numpy()

    def run(self):
        self.call()


def prepare(peer, params, inputs):
    return PlainCopy(params) if peer == "copy" else PyTorch(params, inputs)
