"""Peers of sddmm: PyTorch's sampled_addmm (MKL), and the dense gradient in oneDNN, gathered at the kernel's entries."""
import os
import warnings

import torch

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class Sampled:
    def __init__(self, params, inputs):
        self.x = torch.from_numpy(inputs["x"]).t()
        self.dy = torch.from_numpy(inputs["dy"])
        self.pattern = torch.from_numpy(inputs["kernel"]).to_sparse_csr()

    def check(self):
        return self.run().values().numpy()

    def run(self):
        return torch.sparse.sampled_addmm(self.pattern, self.x, self.dy, beta=0.0)


class OneDnnDense:
    """The whole gradient [fanIn, units]; gathering the entries is not counted."""

    def __init__(self, params, inputs):
        self.x = torch.from_numpy(inputs["x"]).t().contiguous()
        weight = torch.from_numpy(inputs["dy"]).t().contiguous()
        self.dy = torch.ops.mkldnn._reorder_linear_weight(weight, params["fanIn"])
        self.kept = torch.from_numpy(inputs["kernel"]) != 0

    def check(self):
        return self.run()[self.kept].numpy()

    def run(self):
        return torch.ops.mkldnn._linear_pointwise(self.x, self.dy, None, "none", [], "")


def prepare(peer, params, inputs):
    return {"torch-sampled": Sampled, "onednn-dense": OneDnnDense}[peer](params, inputs)
