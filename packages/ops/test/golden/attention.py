"""Golden attention and gradients, made by PyTorch in double. Usage: python3 attention.py > attention.json

Inputs are multiples of 1/64 in [-2, 2), exact in float32. Masks are lists of 0 and 1 [b, tk]; in every case each query
sees at least one key, since PyTorch gives NaN otherwise.
"""
import json

import torch
from torch.nn.attention.bias import causal_lower_right, causal_upper_left

generator = torch.Generator().manual_seed(20240702)
CASES = [
    dict(name="small", b=2, heads=2, tq=5, tk=5, dk=4, dv=4),
    dict(name="odd sizes", b=1, heads=3, tq=7, tk=19, dk=5, dv=3),
    dict(name="one token", b=2, heads=2, tq=1, tk=17, dk=8, dv=8),
    dict(name="causal", b=1, heads=2, tq=18, tk=18, dk=16, dv=4, causal="upper-left"),
    dict(name="causal, more keys, upper left", b=1, heads=1, tq=6, tk=9, dk=4, dv=4, causal="upper-left"),
    dict(name="causal, more keys, lower right", b=1, heads=1, tq=6, tk=9, dk=4, dv=4, causal="lower-right"),
    dict(name="masked", b=3, heads=2, tq=6, tk=20, dk=4, dv=4, masked=True),
    dict(name="masked and causal", b=2, heads=2, tq=9, tk=9, dk=4, dv=4, masked=True, causal="upper-left"),
    dict(name="scaled", b=1, heads=2, tq=6, tk=6, dk=4, dv=4, scale=0.75),
    dict(name="several blocks", b=1, heads=1, tq=70, tk=80, dk=3, dv=3, causal="lower-right"),
]


def numbers(*shape):
    return torch.randint(-128, 128, shape, generator=generator).double() / 64


def heads_of(tensor, heads):
    return tensor.unflatten(-1, (heads, -1)).transpose(1, 2)


def case(name, b, heads, tq, tk, dk, dv, causal=None, masked=False, scale=None):
    query, key, value = (
        numbers(b, tq, heads * dk).requires_grad_(),
        numbers(b, tk, heads * dk).requires_grad_(),
        numbers(b, tk, heads * dv).requires_grad_(),
    )
    dy = numbers(b, tq, heads * dv)
    mask = torch.ones(b, tk, dtype=torch.bool)
    if masked:
        mask = torch.rand(b, tk, generator=generator) < 0.6
        mask[:, 0] = True
    seen = mask[:, None, None, :].expand(b, 1, tq, tk)
    if causal:
        corner = causal_upper_left if causal == "upper-left" else causal_lower_right
        seen = seen & corner(tq, tk)._materialize()
    output = torch.nn.functional.scaled_dot_product_attention(
        heads_of(query, heads), heads_of(key, heads), heads_of(value, heads), attn_mask=seen, scale=scale
    )
    output = output.transpose(1, 2).flatten(2)
    output.backward(dy)
    result = dict(name=name, b=b, heads=heads, tq=tq, tk=tk, dk=dk, dv=dv, causal=causal or False, scale=scale)
    if masked:
        result["mask"] = mask.int().flatten().tolist()
    arrays = dict(query=query, key=key, value=value, dy=dy)
    results = dict(output=output, dQuery=query.grad, dKey=key.grad, dValue=value.grad)
    for part, tensor in arrays.items():
        result[part] = (tensor * 64).int().flatten().tolist()
    for part, tensor in results.items():
        result[part] = [round(x, 7) for x in tensor.flatten().tolist()]
    return result


print("[\n" + ",\n".join(json.dumps(case(**arguments), separators=(",", ":")) for arguments in CASES) + "\n]")
