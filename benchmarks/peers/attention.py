"""Peer of attention: PyTorch's scaled_dot_product_attention on [batch, tokens, heads * dim], as in a layer of its
own."""
import os

import torch

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class PyTorch:
    def __init__(self, params, inputs):
        self.heads, self.causal = params["heads"], params["causal"]
        self.training = params["pass"] == "training"
        self.query, self.key, self.value = (
            torch.from_numpy(inputs[name]).requires_grad_(self.training) for name in ("query", "key", "value")
        )
        self.dy = torch.from_numpy(inputs["dy"])

    def attend(self):
        query, key, value = (
            tensor.unflatten(-1, (self.heads, -1)).transpose(1, 2) for tensor in (self.query, self.key, self.value)
        )
        output = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return output.transpose(1, 2).flatten(2)

    def check(self):
        if not self.training:
            return self.attend().numpy()
        parts = [self.attend(), *self.run()]
        return torch.cat([part.detach().flatten() for part in parts]).numpy()

    def run(self):
        if not self.training:
            return self.attend()
        output = self.attend()
        return torch.autograd.grad(output, (self.query, self.key, self.value), self.dy)


def prepare(peer, params, inputs):
    return PyTorch(params, inputs)
