"""Golden masks for topKMask, made by NumPy alone. Usage: python3 topk_mask.py > topk_mask.json

Kernels are lists of float32 bit patterns, so that denormals, infinities and signed zeros survive JSON. The number of
pruned entries is floor(s * n) of the decimal s, in exact arithmetic.
"""
import json
from decimal import Decimal
from math import floor

import numpy as np

rng = np.random.default_rng(20190531)
SPARSITIES = [0, 0.05, 0.1, 0.29, 0.3, 0.5, 0.57, 0.7, 0.9, 0.95, 0.99, 1]


def mask(matrix, sparsity, granularity):
    fan_in, units = matrix.shape
    if granularity == "weight":
        count = floor(Decimal(repr(sparsity)) * fan_in)
        order = np.argsort(np.abs(matrix), axis=0, kind="stable")
        kept = np.ones(matrix.shape, bool)
        np.put_along_axis(kept, order[:count], False, axis=0)
        return kept
    count = floor(Decimal(repr(sparsity)) * units)
    norms = np.zeros(units)
    for row in matrix.astype(np.float64):
        norms = norms + row * row
    kept = np.ones(matrix.shape, bool)
    kept[:, np.argsort(norms, kind="stable")[:count]] = False
    return kept


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


KERNELS = {
    "random dense": normal(33, 7),
    "random convolution": normal(3, 3, 5, 9),
    "one row": normal(1, 12),
    "one column": normal(50, 1),
    "one weight": normal(1, 1),
    "vector": normal(8),
    "no rows": np.zeros((0, 4), np.float32),
    "no columns": np.zeros((4, 0), np.float32),
    "all equal": np.full((20, 5), -0.25, np.float32),
    "equal magnitudes, both signs": (rng.integers(0, 2, (40, 6)) * 2 - 1).astype(np.float32),
    "few values": (rng.integers(-3, 4, (64, 17)) / 8).astype(np.float32),
    "all zero": np.zeros((11, 3), np.float32),
    "signed zeros": np.where(rng.random((30, 4)) < 0.5, np.float32(-0.0), np.float32(0.0)).astype(np.float32),
    "denormals": (rng.integers(0, 9, (25, 8)).astype(np.uint32)).view(np.float32),
    "infinities": np.where(rng.random((30, 5)) < 0.3, np.float32("inf"), normal(30, 5)).astype(np.float32)
    * np.where(rng.random((30, 5)) < 0.5, np.float32(-1), np.float32(1)),
    "all infinite": np.full((6, 4), -np.inf, np.float32),
    "hundred rows": normal(100, 3),
    "neighbouring floats": (np.float32(1).view(np.uint32) + rng.integers(0, 5, (70, 19)).astype(np.uint32)).view(
        np.float32
    ),
}

cases = []
for name, kernel in KERNELS.items():
    units = kernel.shape[-1]
    fan_in = int(np.prod(kernel.shape[:-1], dtype=np.int64))
    matrix = kernel.reshape(fan_in, units)
    expected = []
    for granularity in ("weight", "unit"):
        for sparsity in SPARSITIES:
            kept = mask(matrix, sparsity, granularity)
            bits = "".join("1" if k else "0" for k in kept.ravel())
            expected.append({"sparsity": sparsity, "granularity": granularity, "mask": bits})
    cases.append(
        {
            "name": name,
            "shape": list(kernel.shape),
            "bits": np.ascontiguousarray(kernel).view(np.uint32).ravel().tolist(),
            "expected": expected,
        }
    )
print(json.dumps({"numpy": np.__version__, "cases": cases}))
