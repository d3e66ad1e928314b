"""Peers of products with N:M matrices and matrices of blocks: those of spmm, and PyTorch's block product (BSR, by
MKL)."""
import warnings

import torch

import spmm

warnings.filterwarnings("ignore", message="Sparse BSR tensor support is in beta")


class TorchBsr:
    def __init__(self, params, inputs):
        self.x = torch.from_numpy(inputs["x"]).t()
        kernel = torch.from_numpy(inputs["kernel"]).t().contiguous()
        self.weight = kernel.to_sparse_bsr(tuple(reversed(params["block"])))

    def check(self):
        return self.run().t().numpy()

    def run(self):
        return self.weight @ self.x


def prepare(peer, params, inputs):
    if peer == "torch-bsr":
        return TorchBsr(params, inputs)
    return spmm.prepare(peer, {**params, "layout": "tokens"}, inputs)
