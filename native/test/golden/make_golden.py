"""Writes topk_mask.json and targeted_dropout.json: what Winnow's kernels must give, computed with NumPy alone.

    python3 -m venv VENV && VENV/bin/pip install numpy==2.2.6 && VENV/bin/python make_golden.py

Floats are stored as their bits (hexadecimal, eight digits each), so that -0, denormals and infinities survive.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent


def philox(counter, key):
    """Philox4x32-10 on arrays: counter [n, 4], key (low, high); returns [n, 4], all uint64 below 2^32."""
    c0, c1, c2, c3 = (counter[:, i].astype(np.uint64) for i in range(4))
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        p0 = np.uint64(0xD2511F53) * c0
        p1 = np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ k0, p1 & mask, (p0 >> shift) ^ c3 ^ k1, p0 & mask
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & mask, (k1 + np.uint64(0xBB67AE85)) & mask
    return np.stack([c0, c1, c2, c3], axis=1)


def numbers(count, seed, kernel_id, step):
    """u(e) of the indices 0 … count − 1: 30 binary digits, the highest first, each a bit of a block for 128 indices."""
    blocks = (count + 127) // 128
    u = np.zeros(blocks * 128, np.uint64)
    for digit in range(30):
        counter = np.zeros((blocks, 4), np.uint64)
        counter[:, 0] = np.arange(blocks)
        counter[:, 1], counter[:, 2], counter[:, 3] = kernel_id, step, digit
        words = philox(counter, (seed % 2**32, seed // 2**32)).reshape(-1)
        bit = (words[:, None] >> np.arange(32, dtype=np.uint64)) & np.uint64(1)
        u = 2 * u + bit.reshape(-1)
    return u[:count]


def lowest(kernel, granularity, count):
    """Which entries rank lowest, [fan_in, units] bool."""
    selected = np.zeros(kernel.shape, bool)
    if granularity == "weight":
        order = np.argsort(np.abs(kernel), axis=0, kind="stable")[:count]
        np.put_along_axis(selected, order, True, axis=0)
    else:
        squares = kernel.astype(np.float64) ** 2
        scores = np.zeros(kernel.shape[1])
        for row in squares:  # in this order: a sum depends on it
            scores = scores + row
        selected[:, np.argsort(scores, kind="stable")[:count]] = True
    return selected


def dropout(kernel, case):
    targeted = lowest(kernel, case["granularity"], case["count"])
    fan_in, units = kernel.shape
    if case["granularity"] == "unit" and case["coin"] == "unit":
        drawn = np.broadcast_to(numbers(units, case["seed"], case["kernelId"], case["step"]), kernel.shape)
    else:
        drawn = numbers(fan_in * units, case["seed"], case["kernelId"], case["step"]).reshape(kernel.shape)
    threshold = int(np.floor(case["dropRate"] * 2**30 + 0.5))
    dropped = targeted & (drawn < np.uint64(threshold))
    output = kernel.copy()
    if case["rescale"]:
        scale = np.float32(1 / (1 - case["dropRate"]))
        output[targeted] *= scale
    output[dropped] = 0.0
    return output


def bits(array):
    return "".join(f"{int(b):08x}" for b in np.ascontiguousarray(array, np.float32).reshape(-1).view(np.uint32))


def kernels(random):
    """(name, kernel): ordinary and adversarial."""
    inf, tiny = np.inf, np.float32(1e-45)
    yield "normal", random.standard_normal((27, 20)).astype(np.float32)
    yield "normal, many rows", random.standard_normal((150, 3)).astype(np.float32)
    yield "normal, many columns", random.standard_normal((4, 131)).astype(np.float32)
    yield "equal magnitudes", random.choice(np.float32([0.5, -0.5]), (13, 17))
    yield "zeros of both signs", random.choice(np.float32([0.0, -0.0]), (8, 5))
    yield "few values", random.choice(np.float32([0, -0.0, 1, -1, 2]), (30, 18))
    yield "denormals", random.choice(np.float32([0, tiny, -tiny, 4 * tiny, 1e-38, -1e-39]), (21, 19))
    yield "infinities", random.choice(np.float32([inf, -inf, 3e38, -3e38, 1]), (12, 9))
    yield "one row", random.standard_normal((1, 70)).astype(np.float32)
    yield "one column", random.standard_normal((70, 1)).astype(np.float32)
    yield "one weight", random.standard_normal((1, 1)).astype(np.float32)
    yield "no rows", np.zeros((0, 6), np.float32)
    yield "no columns", np.zeros((6, 0), np.float32)


# (fraction, numerator, denominator): the count is ⌊numerator · n / denominator⌋ in integers.
FRACTIONS = [(0, 0, 1), (0.29, 29, 100), (0.5, 1, 2), (0.7, 7, 10), (0.9, 9, 10), (1, 1, 1)]


def counted(kernel, granularity, numerator, denominator):
    return kernel.shape[0 if granularity == "weight" else 1] * numerator // denominator


def main():
    random = np.random.default_rng(20240521)
    masks, dropouts = [], []
    for name, kernel in kernels(random):
        base = {"name": name, "fanIn": kernel.shape[0], "units": kernel.shape[1], "kernel": bits(kernel)}
        results = []
        for granularity in ("weight", "unit"):
            for sparsity, numerator, denominator in FRACTIONS:
                count = counted(kernel, granularity, numerator, denominator)
                kept = ~lowest(kernel, granularity, count)
                mask = "".join("1" if k else "0" for k in kept.reshape(-1))
                results.append({"granularity": granularity, "sparsity": sparsity, "count": count, "mask": mask})
        masks.append({**base, "results": results})

        results = []
        for granularity, coin in (("weight", "unit"), ("unit", "unit"), ("unit", "weight")):
            for rescale in (False, True):
                fraction, numerator, denominator = FRACTIONS[3]
                case = {
                    "granularity": granularity,
                    "coin": coin,
                    "rescale": rescale,
                    "targetFraction": fraction,
                    "count": counted(kernel, granularity, numerator, denominator),
                    "dropRate": float(random.choice([0.25, 0.5, 0.66])),
                    "seed": int(random.integers(2**53)),
                    "step": int(random.integers(2**31)),
                    "kernelId": int(random.integers(100)),
                }
                results.append({**case, "output": bits(dropout(kernel, case))})
        dropouts.append({**base, "results": results})
    (HERE / "topk_mask.json").write_text(json.dumps(masks, indent=1) + "\n")
    (HERE / "targeted_dropout.json").write_text(json.dumps(dropouts, indent=1) + "\n")


if __name__ == "__main__":
    main()
