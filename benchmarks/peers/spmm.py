"""Peers of spmm: dense oneDNN, and the sparse products of PyTorch, MKL and SciPy.

The weights are prepared before the clock starts. The sparse peers are fastest as W^T x^T, [units, tokens]. Where a case
has the layout of a layer, x [tokens, fanIn], they transpose x within their time, but leave y to their caller as a
transposed view; our side writes y [tokens, units]. Where the layout is "channels" both sides have x and y by channels.
"""
import glob
import os
import sys
import warnings

import numpy as np
import scipy.sparse
import torch

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class OneDnnDense:
    """oneDNN with the weights reordered once, as PyTorch's compiler uses it: quicker here than torch.mm, which is
    MKL."""

    def __init__(self, params, inputs):
        self.x = torch.from_numpy(inputs["x"])
        weight = torch.from_numpy(inputs["kernel"]).t().contiguous()
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, params["tokens"])

    def check(self):
        return self.run().numpy()

    def run(self):
        return torch.ops.mkldnn._linear_pointwise(self.x, self.weight, None, "none", [], "")


class TorchCsr:
    def __init__(self, params, inputs):
        x = torch.from_numpy(inputs["x"])
        self.x = x if params["layout"] == "channels" else x.t()
        self.weight = torch.from_numpy(inputs["kernel"]).t().to_sparse_csr()

        self.by_units = params["layout"] == "channels"

    def check(self):
        return (self.run() if self.by_units else self.run().t()).numpy()

    def run(self):
        return self.weight @ self.x


class SciPy:
    def __init__(self, params, inputs):
        self.x = inputs["x"]
        self.weight = scipy.sparse.csr_matrix(inputs["kernel"].T)
        self.by_units = params["layout"] == "channels"

    def check(self):
        return self.run() if self.by_units else self.run().T

    def channels(self):
        return self.x if self.by_units else np.ascontiguousarray(self.x.T)

    def run(self):
        return self.weight @ self.channels()


class Mkl(SciPy):
    def __init__(self, params, inputs):
        super().__init__(params, inputs)
        # The wheel of MKL puts its libraries where no loader looks.
        libraries = glob.glob(os.path.join(sys.prefix, "lib", "libmkl_rt.so*"))
        os.environ.setdefault("MKL_RT", libraries[0])
        from sparse_dot_mkl import dot_product_mkl, mkl_set_num_threads

        mkl_set_num_threads(int(os.environ["MKL_NUM_THREADS"]))
        self.product = dot_product_mkl
        self.out = np.zeros((params["units"], params["tokens"]), np.float32)

    def run(self):
        return self.product(self.weight, self.channels(), out=self.out)


def prepare(peer, params, inputs):
    peers = {"onednn-dense": OneDnnDense, "torch-csr": TorchCsr, "scipy": SciPy, "mkl": Mkl}
    return peers[peer](params, inputs)
