"""Peers of targeted dropout of all kernels of a network: PyTorch's composition in a loop, and a copy of the same
bytes."""
import torch

from targeted_dropout import Copy, Moving, drop


class PyTorch(Moving):
    def __init__(self, params, inputs):
        super().__init__(inputs)
        self.rate = params["dropRate"]
        self.kernels, at = [], 0
        for fan_in, units in params["shapes"]:
            kernel = self.kernel[at : at + fan_in * units].view(fan_in, units)
            # As in all the project: the fraction of the fan-in, rounded down.
            self.kernels.append((kernel, int(params["targetFraction"] * fan_in)))
            at += fan_in * units

    def check(self):
        return torch.cat([drop(kernel, count, 1.0).flatten() for kernel, count in self.kernels]).numpy()

    def run(self):
        for kernel, count in self.kernels:
            drop(kernel, count, self.rate)


def prepare(peer, params, inputs):
    return {"pytorch": PyTorch, "copy": Copy}[peer](params, inputs)
