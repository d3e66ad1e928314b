"""Golden files by Python's `safetensors` and PyTorch: every element type that is read, and a PyTorch state dict's usual
contents.

Needs: pip install torch safetensors. Usage: python3 make_golden.py, in this folder.
dtypes.safetensors holds the tensors, dtypes.json what they are once read (floats as float32, integers as they are).
"""
import json
import struct

import torch
from safetensors.torch import save_file

generator = torch.Generator().manual_seed(7)
floats = torch.randn(3, 5, generator=generator) * 10
special = torch.tensor([0.0, -0.0, 1.0, 65504.0, 2.0**-24, 2.0**-14, -(2.0**-15), float("inf"), float("-inf")])
tensors = {
    "f32": floats,
    "f16": torch.cat([special, floats.flatten()]).to(torch.float16),
    "bf16": torch.cat([special, floats.flatten()]).to(torch.bfloat16),
    "i32": torch.tensor([[1, -2], [2**31 - 1, -(2**31)]], dtype=torch.int32),
    "i64": torch.tensor([5, -6, 2**31 - 1, -(2**31)], dtype=torch.int64),
    "u8": torch.tensor([[0, 255, 7]], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "bn.num_batches_tracked": torch.tensor(42),
    "empty": torch.zeros(0, 4),
}
save_file(tensors, "dtypes.safetensors", metadata={"format": "pt", "note": "τ"})

expected = {}
for name, tensor in tensors.items():
    if tensor.dtype.is_floating_point:
        values = [struct.unpack("<I", struct.pack("<f", value))[0] for value in tensor.float().flatten().tolist()]
    else:
        values = [int(value) for value in tensor.flatten().tolist()]
    expected[name] = {"shape": list(tensor.shape), "float": tensor.dtype.is_floating_point, "values": values}
with open("dtypes.json", "w") as file:
    json.dump(expected, file)
    file.write("\n")
