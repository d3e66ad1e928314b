"""The Transformer of src/steps/transformer.ts in PyTorch: a whole training step with Adam and label smoothing."""
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .kernels import Kernels

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def linear(weights, *paths):
    """One linear layer of one or more of our maps side by side, as PyTorch's users pack query, key and value."""
    kernel = np.concatenate([weights[f"{path}/kernel"] for path in paths], 1)
    layer = nn.Linear(*kernel.shape)
    layer.weight.data = torch.from_numpy(kernel.T.copy())
    layer.bias.data = torch.from_numpy(np.concatenate([weights[f"{path}/bias"] for path in paths]))
    return layer


def norm(weights, path):
    layer = nn.LayerNorm(weights[f"{path}_norm/scale"].shape[0])
    layer.weight.data = torch.from_numpy(weights[f"{path}_norm/scale"].copy())
    layer.bias.data = torch.from_numpy(weights[f"{path}_norm/offset"].copy())
    return layer


class Attention(nn.Module):
    def __init__(self, weights, path, heads, cross):
        super().__init__()
        self.heads, self.cross = heads, cross
        if cross:
            self.query = linear(weights, f"{path}/query")
            self.memory = linear(weights, f"{path}/key", f"{path}/value")
        else:
            self.packed = linear(weights, f"{path}/query", f"{path}/key", f"{path}/value")
        self.output = linear(weights, f"{path}/output")

    def forward(self, x, memory, mask, causal):
        if self.cross:
            parts = self.query(x), *self.memory(memory).chunk(2, -1)
        else:
            parts = self.packed(x).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        y = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
        return self.output(y.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, weights, path):
        super().__init__()
        self.inner, self.outer = linear(weights, f"{path}/inner"), linear(weights, f"{path}/outer")

    def forward(self, x):
        return self.outer(F.relu(self.inner(x)))


class Sublayer(nn.Module):
    """norm(x + dropout(f(x)))"""

    def __init__(self, weights, path, inside, dropout):
        super().__init__()
        self.inside, self.norm, self.dropout = inside, norm(weights, path), nn.Dropout(dropout)

    def forward(self, x, *rest):
        return self.norm(x + self.dropout(self.inside(x, *rest)))


class Transformer(nn.Module):
    def __init__(self, weights, network):
        super().__init__()
        heads, rate = network["heads"], network["dropout"]

        def attention(path, cross):
            return Sublayer(weights, path, Attention(weights, path, heads, cross), rate)

        def feed_forward(path):
            return Sublayer(weights, path, FeedForward(weights, path), rate)

        layers = range(1, network["layers"] + 1)
        self.embedding = nn.Embedding.from_pretrained(torch.from_numpy(weights["embedding"].copy()), freeze=False)
        self.scale = network["width"] ** 0.5
        self.register_buffer("positions", positions(network["length"], network["width"]))
        self.dropout = nn.Dropout(rate)
        self.encoder = nn.ModuleList(
            nn.ModuleList([attention(f"{path}/attention", False), feed_forward(f"{path}/feed_forward")])
            for path in (f"encoder/layer{layer}" for layer in layers)
        )
        self.decoder = nn.ModuleList(
            nn.ModuleList(
                [
                    attention(f"{path}/attention", False),
                    attention(f"{path}/cross_attention", True),
                    feed_forward(f"{path}/feed_forward"),
                ]
            )
            for path in (f"decoder/layer{layer}" for layer in layers)
        )

    def embed(self, tokens):
        return self.dropout(self.embedding(tokens) * self.scale + self.positions)

    def forward(self, source, target):
        seen = (source != 0)[:, None, None, :]
        states = self.embed(source)
        for attend, feed_forward in self.encoder:
            states = feed_forward(attend(states, None, seen, False))
        x = self.embed(target)
        for attend, attend_source, feed_forward in self.decoder:
            x = feed_forward(attend_source(attend(x, None, None, True), states, seen, False))
        return F.linear(x, self.embedding.weight)


def positions(length, width):
    places = torch.arange(length, dtype=torch.float64)[:, None]
    angles = places / 10000 ** (torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.stack([angles.sin(), angles.cos()], -1).reshape(length, width).float()


class Step:
    def __init__(self, params, inputs, compiled):
        training = params["training"]
        model = Transformer(Kernels(params["weights"], inputs["weights"]), params["network"])
        self.source, self.target, self.labels = (
            torch.from_numpy(inputs[name]).long() for name in ("source", "target", "labels")
        )
        self.checked_steps = training["checkedSteps"]
        betas = training["beta1"], training["beta2"]
        self.optimizer = torch.optim.Adam(
            model.parameters(), lr=training["learningRate"], betas=betas, eps=training["epsilon"], fused=True
        )

        def loss(source, target, labels):
            logits = model(source, target)
            smoothing = training["labelSmoothing"]
            return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=0, label_smoothing=smoothing)

        self.model, self.loss = model, torch.compile(loss) if compiled else loss

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.source, self.target, self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def check(self):
        # Without dropout, whose masks are no other side's.
        self.model.eval()
        losses = np.array([self.step() for _ in range(self.checked_steps)], np.float32)
        self.model.train()
        return losses

    def run(self):
        self.step()


def prepare(params, inputs, compiled):
    return Step(params, inputs, compiled)
