"""Golden forward passes, losses and gradients of PyTorch's Transformer layers on random weights.

Writes one safetensors file per case: `weights/PATH` under our names (kernels as [in, out]), `gradients/PATH`, tokens,
logits and loss. Needs torch and numpy: `python make_golden.py`.
"""

import json
import pathlib
import struct

import numpy as np
import torch
from torch import nn

VOCABULARY, WIDTH, INNER, HEADS, LAYERS = 23, 16, 24, 4, 2
HERE = pathlib.Path(__file__).parent


def write(path, arrays):
    header, body, offset = {}, b"", 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array).tobytes()
        kind = {"float32": "F32", "int32": "I32"}[str(array.dtype)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        body, offset = body + data, offset + len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def attention_names(prefix, module, use):
    """Our path -> (slice of the tensor that `use` gives)."""
    weight, bias = use(module.in_proj_weight), use(module.in_proj_bias)
    for i, name in enumerate(("query", "key", "value")):
        rows = slice(i * WIDTH, (i + 1) * WIDTH)
        yield f"{prefix}/{name}/kernel", weight[rows].T
        yield f"{prefix}/{name}/bias", bias[rows]
    yield f"{prefix}/output/kernel", use(module.out_proj.weight).T
    yield f"{prefix}/output/bias", use(module.out_proj.bias)


def norm_names(prefix, module, use):
    yield f"{prefix}/scale", use(module.weight)
    yield f"{prefix}/offset", use(module.bias)


def layer_names(prefix, layer, cross, use):
    yield from attention_names(f"{prefix}/attention", layer.self_attn, use)
    yield from norm_names(f"{prefix}/attention_norm", layer.norm1, use)
    if cross:
        yield from attention_names(f"{prefix}/cross_attention", layer.multihead_attn, use)
        yield from norm_names(f"{prefix}/cross_attention_norm", layer.norm2, use)
    for ours, theirs in (("inner", layer.linear1), ("outer", layer.linear2)):
        yield f"{prefix}/feed_forward/{ours}/kernel", use(theirs.weight).T
        yield f"{prefix}/feed_forward/{ours}/bias", use(theirs.bias)
    yield from norm_names(f"{prefix}/feed_forward_norm", layer.norm3 if cross else layer.norm2, use)


def positions(length):
    t = torch.arange(length, dtype=torch.float64)[:, None]
    angle = t / 10000 ** (torch.arange(0, WIDTH, 2, dtype=torch.float64) / WIDTH)
    return torch.stack([angle.sin(), angle.cos()], -1).reshape(length, WIDTH).float()


class Model(nn.Module):
    def __init__(self, form, norm, activation):
        super().__init__()
        shared = dict(dropout=0.0, batch_first=True, norm_first=norm == "pre", activation=activation)
        self.form = form
        self.embedding = nn.Parameter(torch.randn(VOCABULARY, WIDTH) * WIDTH**-0.5)
        encoder = lambda: nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, **shared)
        decoder = lambda: nn.TransformerDecoderLayer(WIDTH, HEADS, INNER, **shared)
        self.encoder = nn.ModuleList(encoder() for _ in range(LAYERS if form != "decoder" else 0))
        # A decoder without a source is a stack of encoder layers with a causal mask.
        make = decoder if form == "both" else encoder
        self.decoder = nn.ModuleList(make() for _ in range(LAYERS if form != "encoder" else 0))
        self.norms = nn.ModuleDict()
        if norm == "pre":
            for part in ("encoder", "decoder"):
                if len(getattr(self, part)):
                    self.norms[part] = nn.LayerNorm(WIDTH)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 1:
                nn.init.normal_(parameter, 1.0 if "norm" in name and "weight" in name else 0.0, 0.3)

    def embed(self, tokens):
        return self.embedding[tokens] * WIDTH**0.5 + positions(tokens.shape[1])

    def forward(self, source, target):
        causal = torch.triu(torch.ones(target.shape[1], target.shape[1], dtype=torch.bool), 1)
        padding = source == 0
        states = self.embed(source)
        for layer in self.encoder:
            states = layer(states, src_key_padding_mask=padding)
        if "encoder" in self.norms:
            states = self.norms["encoder"](states)
        if self.form == "encoder":
            return states
        x = self.embed(target)
        for layer in self.decoder:
            if self.form == "both":
                x = layer(x, states, tgt_mask=causal, memory_key_padding_mask=padding)
            else:
                x = layer(x, src_mask=causal)
        if "decoder" in self.norms:
            x = self.norms["decoder"](x)
        return x @ self.embedding.T

    def tensors(self, use):
        arrays = {"embedding": use(self.embedding)}
        for part in ("encoder", "decoder"):
            for i, layer in enumerate(getattr(self, part)):
                cross = part == "decoder" and self.form == "both"
                arrays.update(layer_names(f"{part}/layer{i + 1}", layer, cross, use))
            if part in self.norms:
                arrays.update(norm_names(f"{part}/norm", self.norms[part], use))
        return arrays


def case(name, form, norm, activation):
    torch.manual_seed(7)
    model = Model(form, norm, activation)
    source = torch.tensor([[5, 9, 3, 14, 7], [8, 2, 22, 0, 0], [6, 0, 0, 0, 0]])
    target = torch.tensor([[1, 4, 19, 11, 20, 3], [1, 17, 8, 6, 0, 0], [1, 21, 0, 0, 0, 0]])
    labels = torch.tensor([[4, 19, 11, 20, 3, 2], [17, 8, 6, 2, 0, 0], [21, 2, 0, 0, 0, 0]])
    output = model(source, target)
    if form == "encoder":
        # States of padding are not defined.
        output = output * (source != 0)[:, :, None]
        loss = (output * torch.linspace(-1, 1, WIDTH)).pow(2).sum()
    else:
        loss = nn.functional.cross_entropy(
            output.reshape(-1, VOCABULARY), labels.reshape(-1), ignore_index=0, label_smoothing=0.1
        )
    loss.backward()
    numpy = lambda t: t.detach().numpy()
    integers = lambda t: t.numpy().astype(np.int32)
    arrays = {"source": integers(source), "target": integers(target), "labels": integers(labels)}
    arrays.update(output=numpy(output), loss=numpy(loss).reshape(1))
    arrays.update({f"weights/{k}": v for k, v in model.tensors(numpy).items()})
    arrays.update({f"gradients/{k}": v for k, v in model.tensors(lambda p: p.grad.numpy()).items()})
    write(HERE / f"{name}.safetensors", arrays)


case("encoder-decoder-post-relu", "both", "post", "relu")
case("encoder-decoder-pre-gelu", "both", "pre", "gelu")
case("encoder-pre-relu", "encoder", "pre", "relu")
case("language-model-post-gelu", "decoder", "post", "gelu")
