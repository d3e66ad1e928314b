"""Peers of the fused optimizer step: PyTorch's optimizers, as they come and with fused=True, and a copy of the same
bytes."""
import os

import torch

from plain_copy import PlainCopy

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class PyTorch:
    def __init__(self, params, inputs, fused):
        weights, gradients = (torch.from_numpy(inputs[name].copy()) for name in ("weights", "gradients"))
        self.parameters, at = [], 0
        for shape in params["shapes"]:
            size = int(torch.Size(shape).numel())
            parameter = torch.nn.Parameter(weights[at : at + size].view(shape).clone())
            parameter.gradient = gradients[at : at + size].view(shape).clone()
            self.parameters.append(parameter)
            at += size
        self.clips = params["kind"] == "momentum-clipped"
        decay = {"momentum": 0.0, "momentum-clipped": 1e-4, "adamw": 0.01}[params["kind"]]
        groups = [
            {"params": [p for p in self.parameters if p.dim() >= 2], "weight_decay": decay},
            {"params": [p for p in self.parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        # None: as PyTorch chooses by itself.
        choice = {"fused": True} if fused else {}
        if params["kind"] == "adamw":
            self.optimizer = torch.optim.AdamW(groups, lr=1e-3, **choice)
        else:
            self.optimizer = torch.optim.SGD(groups, lr=1e-3, momentum=0.9, **choice)
        for parameter in self.parameters:
            parameter.grad = parameter.gradient

    def check(self):
        # Clipping writes into the gradients; the timed calls may go on with the clipped ones.
        self.run()
        return torch.cat([parameter.detach().flatten() for parameter in self.parameters]).numpy()

    def run(self):
        if self.clips:
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()


def prepare(peer, params, inputs):
    return PlainCopy(params) if peer == "copy" else PyTorch(params, inputs, peer == "pytorch-fused")
