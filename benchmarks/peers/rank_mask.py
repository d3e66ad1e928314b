"""Peers of rankMask: PyTorch's compositions of it. With ties at the threshold kthvalue's would cut too many; there are
none."""
import math
import os

import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class Composition:
    def __init__(self, params, inputs):
        scores = torch.from_numpy(inputs["scores"])
        # All kernels together, or one kernel, in one row; or the columns of one.
        self.scores = scores.view(params["shapes"][0]) if params["scope"] == "column" else scores.view(-1, 1)
        self.count = math.floor(params["sparsity"] * self.scores.shape[0])

    def check(self):
        return self.run().numpy()


class KthValue(Composition):
    def run(self):
        return self.scores > self.scores.kthvalue(self.count, dim=0, keepdim=True).values


class TopK(Composition):
    def run(self):
        kept = self.scores.topk(self.scores.shape[0] - self.count, dim=0, sorted=False).indices
        return torch.zeros_like(self.scores, dtype=torch.bool).scatter_(0, kept, True)


def prepare(peer, params, inputs):
    return {"pytorch-kthvalue": KthValue, "pytorch-topk": TopK}[peer](params, inputs)
