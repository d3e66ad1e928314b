"""The initial kernels of a case by name, from the one array that every side gets."""
import math


class Kernels(dict):
    def __init__(self, named_shapes, values):
        at = 0
        for entry in named_shapes:
            size = math.prod(entry["shape"])
            self[entry["name"]] = values[at : at + size].reshape(entry["shape"])
            at += size
        assert at == len(values), f"{len(values)} values for kernels of {at}"
