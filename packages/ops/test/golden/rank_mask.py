"""Golden masks for topKMask's patterns and rankMask, made by NumPy alone. Usage: python3 rank_mask.py > rank_mask.json

Scores are lists of float32 bit patterns; counts are floor(s * n) of the decimal s, in exact arithmetic.
"""
import json
from decimal import Decimal
from math import ceil, floor

import numpy as np

rng = np.random.default_rng(20240610)
SPARSITIES = [0, 0.29, 0.5, 0.9, 1]
BLOCKS = [(1, 1), (4, 4), (2, 3), (16, 1), (100, 2)]


def count(sparsity, size):
    return floor(Decimal(repr(sparsity)) * size)


def text(mask):
    return "".join("1" if kept else "0" for kept in mask.ravel())


def lowest(scores, number):
    """A flat mask without the `number` lowest of flat scores."""
    kept = np.ones(scores.size, bool)
    kept[np.argsort(scores.ravel(), kind="stable")[:number]] = False
    return kept


def two_of_four(matrix):
    kept = np.ones(matrix.shape, bool)
    for top in range(0, matrix.shape[0], 4):
        group = np.abs(matrix[top : top + 4])
        order = np.argsort(group, axis=0, kind="stable")
        np.put_along_axis(kept[top : top + 4], order[: len(group) // 2], False, axis=0)
    return kept


def blocks(matrix, rows, columns, sparsity):
    down, across = ceil(matrix.shape[0] / rows), ceil(matrix.shape[1] / columns)
    norms = np.zeros(down * across)
    for (row, column), value in np.ndenumerate(matrix.astype(np.float64)):
        norms[row // rows * across + column // columns] += value * value
    kept = lowest(norms, count(sparsity, norms.size)).reshape(down, across)
    return np.repeat(np.repeat(kept, rows, 0), columns, 1)[: matrix.shape[0], : matrix.shape[1]]


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


KERNELS = {
    "random": normal(33, 7),
    "convolution": normal(3, 3, 5, 9),
    "two rows": normal(2, 5),
    "one row": normal(1, 12),
    "vector": normal(10),
    "no rows": np.zeros((0, 4), np.float32),
    "few values": (rng.integers(-3, 4, (30, 17)) / 8).astype(np.float32),
    "zeros of both signs": np.where(rng.random((13, 4)) < 0.5, np.float32(-0.0), np.float32(0.0)).astype(np.float32),
    "infinities": np.where(rng.random((17, 5)) < 0.3, np.float32("inf"), normal(17, 5)).astype(np.float32)
    * np.where(rng.random((17, 5)) < 0.5, np.float32(-1), np.float32(1)),
    "denormals": (rng.integers(0, 9, (25, 8)).astype(np.uint32)).view(np.float32),
}

cases = []
for name, kernel in KERNELS.items():
    units = kernel.shape[-1]
    matrix = kernel.reshape(int(np.prod(kernel.shape[:-1], dtype=np.int64)), units)
    column, layer, block = [], [], []
    for sparsity in SPARSITIES:
        order = np.argsort(matrix, axis=0, kind="stable")[: count(sparsity, matrix.shape[0])]
        kept = np.ones(matrix.shape, bool)
        np.put_along_axis(kept, order, False, axis=0)
        column.append({"sparsity": sparsity, "mask": text(kept)})
        layer.append({"sparsity": sparsity, "mask": text(lowest(matrix, count(sparsity, matrix.size)))})
        for rows, columns in BLOCKS:
            mask = text(blocks(matrix, rows, columns, sparsity))
            block.append({"sparsity": sparsity, "block": [rows, columns], "mask": mask})
    cases.append(
        {
            "name": name,
            "shape": list(kernel.shape),
            "bits": np.ascontiguousarray(kernel).view(np.uint32).ravel().tolist(),
            "twoOfFour": text(two_of_four(matrix)),
            "column": column,
            "layer": layer,
            "block": block,
        }
    )
together = np.concatenate([kernel.ravel() for kernel in KERNELS.values()])
everywhere = [{"sparsity": s, "mask": text(lowest(together, count(s, together.size)))} for s in SPARSITIES]
print(json.dumps({"numpy": np.__version__, "cases": cases, "global": everywhere}))
