"""Peers of conv2d: PyTorch's dense convolution (oneDNN), images as [n, c, h, w] or channels-last, and its gradients.

The filter is prepared before the clock starts, in the layout that PyTorch's modules keep it in. Images stay in the
layout of the peer, as they do between the layers of a network.
"""
import os

import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

MASKS = {"forward": [False, False, False], "input-grad": [True, False, False], "filter-grad": [False, True, False]}


class Convolution:
    def __init__(self, layout, params, inputs):
        images = lambda name: torch.from_numpy(inputs[name]).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        self.x, self.dy = images("x"), images("dy")
        self.filter = torch.from_numpy(inputs["filter"]).permute(3, 2, 0, 1).contiguous(memory_format=layout)
        self.pass_ = params["pass"]

    def check(self):
        with torch.no_grad():
            result = self.run()
        if self.pass_ == "filter-grad":
            return (result * (self.filter != 0)).permute(2, 3, 1, 0).numpy()
        return result.permute(0, 2, 3, 1).numpy()

    def run(self):
        if self.pass_ == "forward":
            return torch.ops.aten.convolution(self.x, self.filter, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1)
        gradients = torch.ops.aten.convolution_backward(
            self.dy, self.x, self.filter, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, MASKS[self.pass_]
        )
        return gradients[MASKS[self.pass_].index(True)]


def prepare(peer, params, inputs):
    layout = torch.channels_last if peer == "pytorch-nhwc" else torch.contiguous_format
    return Convolution(layout, params, inputs)
