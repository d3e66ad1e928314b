"""Peers of targeted dropout: PyTorch's composition of it, and a plain copy of the same bytes."""
import os

import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def drop(kernel, count, rate):
    magnitude = kernel.abs()
    threshold = magnitude.kthvalue(count, dim=0, keepdim=True).values
    targeted = magnitude <= threshold
    dropped = targeted & (torch.rand_like(kernel) < rate)
    return kernel.masked_fill(dropped, 0.0)


def drop_units(kernel, count, rate):
    norms = torch.linalg.vector_norm(kernel, dim=0)
    targeted = norms <= norms.kthvalue(count).values
    dropped = targeted & (torch.rand(kernel.shape[1]) < rate)
    return kernel.masked_fill(dropped, 0.0)


class Moving:
    """A kernel that moves between the calls as in src/kernels/moving-weights.ts."""

    def __init__(self, inputs, evicts=False):
        self.evicting = torch.ones(12 << 20, dtype=torch.float64) if evicts else None
        self.kernel = torch.from_numpy(inputs["kernel"])
        self.noise = torch.from_numpy(inputs["noise"]).flatten()
        self.step = 0

    def between(self):
        noise = self.noise.roll(-(((self.step >> 1) * 7919) % self.noise.numel())).view_as(self.kernel)
        self.kernel.add_(noise, alpha=1e-3 if self.step % 2 == 0 else -1e-3)
        self.step += 1
        if self.evicting is not None:
            self.evicting.add_(1)


class PyTorch(Moving):
    def __init__(self, params, inputs):
        super().__init__(inputs, params.get("evicts"))
        is_unit = params.get("granularity") == "unit"
        self.drop = drop_units if is_unit else drop
        self.count = int(params["targetFraction"] * params["units" if is_unit else "fanIn"])
        self.rate = params["dropRate"]

    def check(self):
        return self.drop(self.kernel, self.count, 1.0).numpy()

    def run(self):
        self.drop(self.kernel, self.count, self.rate)


class Copy(Moving):
    def __init__(self, params, inputs):
        super().__init__(inputs, params.get("evicts"))
        self.copy = torch.empty_like(self.kernel)

    def check(self):
        return self.copy.copy_(self.kernel).numpy()

    def run(self):
        self.copy.copy_(self.kernel)


def prepare(peer, params, inputs):
    return {"pytorch": PyTorch, "copy": Copy}[peer](params, inputs)
