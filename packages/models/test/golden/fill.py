"""Weights and inputs that both sides compute, so that golden files need not hold them."""
import math

import numpy as np


def fill(name, count):
    """Numbers in [-1, 1) from a name and the index alone: FNV-1a of the name, then an integer hash."""
    key = 2166136261
    for byte in name.encode():
        key = (key ^ byte) * 16777619 % 2**32
    x = np.arange(count, dtype=np.uint32) + np.uint32(key)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2**31 - 1


def weight(name, shape, gain):
    v = fill(name, math.prod(shape)).reshape(shape)
    if name.endswith("running_var"):
        return 1 + 0.5 * v
    if len(shape) == 1:
        return 1 + 0.2 * v if name.endswith("weight") else 0.1 * v
    return math.sqrt(gain / math.prod(shape[1:])) * v
