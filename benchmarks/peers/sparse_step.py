"""Peers of a sparse training step: the dense layer's step, y = x W with both gradients.

onednn-dense: three oneDNN products. The weights change in every step, so that they are not reordered before the clock
starts. pytorch: autograd of torch.nn.functional.linear, whose products are MKL's.
"""
import os

import numpy as np
import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def product(a, b):
    """a · bᵀ in oneDNN."""
    return torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")


class Step:
    def __init__(self, params, inputs):
        self.x = torch.from_numpy(inputs["x"])
        self.dy = torch.from_numpy(inputs["dy"])
        self.weight = torch.from_numpy(inputs["kernel"]).t().contiguous()
        self.kept = self.weight != 0

    def between(self):
        self.weight.mul_(1.0001)

    def check(self):
        y, dx, dw = self.step()
        return np.concatenate([part.detach().numpy().ravel() for part in (y, dx, dw[self.kept])])

    def run(self):
        self.step()


class OneDnnDense(Step):
    def step(self):
        y = product(self.x, self.weight)
        dx = product(self.dy, self.weight.t())
        dw = product(self.dy.t(), self.x.t())
        return y, dx, dw


class PyTorch(Step):
    def step(self):
        x = self.x.detach().requires_grad_()
        weight = self.weight.detach().requires_grad_()
        y = torch.nn.functional.linear(x, weight)
        y.backward(self.dy)
        return y, x.grad, weight.grad


def prepare(peer, params, inputs):
    return {"onednn-dense": OneDnnDense, "pytorch": PyTorch}[peer](params, inputs)
