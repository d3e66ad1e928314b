"""Golden numbers for batches, made with NumPy and Python integers, independently of the TypeScript sources.

Usage: python3 make_golden.py > batches.json      (needs numpy)

What it follows: Philox4x32-10 as published (checked below against the authors' known answers), key = (seed mod 2^32,
seed div 2^32); counter (epoch, i div 4, 0, 'orde') gives the word for place i of a Fisher-Yates shuffle, word i mod 4;
counter (epoch, image, 0, 'augm') gives row, column and flip of an image; an integer below n is floor(word * n / 2^32).
"""
import json

import numpy as np

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


# Random123's kat_vectors for philox4x32-10.
KNOWN = [
    ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([MASK] * 4, [MASK] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]
for counter, key, expected in KNOWN:
    assert philox(counter, key) == expected


def key_of(seed):
    return [seed & MASK, seed >> 32]


def tag(text):
    return int.from_bytes(text.encode(), "big")


def order(count, seed, epoch):
    places = list(range(count))
    for i in range(count - 1, 0, -1):
        word = philox([epoch, i // 4, 0, tag("orde")], key_of(seed))[i % 4]
        j = word * (i + 1) >> 32
        places[i], places[j] = places[j], places[i]
    return places


def images(count, height, width, channels):
    """Bytes from a formula that the test repeats."""
    i = np.arange(count * height * width * channels, dtype=np.uint64)
    return ((i * i * 31 + i * 17 + 5) % 257 % 256).astype(np.uint8).reshape(count, height, width, channels)


def augment(image, index, seed, epoch, pad, crop, flip):
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)))
    height, width = crop
    w = philox([epoch, index, 0, tag("augm")], key_of(seed))
    top = w[0] * (padded.shape[0] - height + 1) >> 32
    left = w[1] * (padded.shape[1] - width + 1) >> 32
    cut = padded[top : top + height, left : left + width]
    return (cut[:, ::-1] if flip and w[2] >> 31 else cut), (top, left, bool(flip and w[2] >> 31))


def standardise(image, how, mean, std):
    x = image.astype(np.float64)
    if how == "per-image":
        return (x - x.mean()) / max(x.std(), 1 / np.sqrt(x.size))
    return (x / 255 - mean) / std if how == "dataset" else x / 255


def case(name, shape, seed, epoch, batch_size, pad, crop, flip, how, mean=None, std=None):
    data = images(*shape)
    places = order(shape[0], seed, epoch)
    chosen = places[batch_size : 2 * batch_size]  # the second batch
    cut, where = zip(*(augment(data[i], i, seed, epoch, pad, crop, flip) for i in chosen))
    out = np.stack([standardise(c, how, mean, std) for c in cut]).astype(np.float32)
    return {
        "name": name, "shape": shape, "seed": seed, "epoch": epoch, "batchSize": batch_size,
        "pad": pad, "crop": crop, "flip": flip, "standardise": how,
        "mean": mean, "std": std, "order": places, "chosen": chosen,
        "placements": [[int(t), int(l), f] for t, l, f in where],
        "images": [float(v) for v in out.ravel()],
    }


cases = [
    case("grey, pad 2, flip, per image", (23, 7, 5, 1), 3, 0, 4, 2, (7, 5), True, "per-image"),
    case("colour, pad 4, crop 6x9, flip, data set", (17, 8, 8, 3), 2**40 + 12345, 7, 5, 4, (6, 9), True, "dataset",
         [0.49, 0.48, 0.45], [0.25, 0.24, 0.26]),
    case("colour, crop 3x3 without padding, none", (11, 6, 4, 3), 0, 1, 3, 0, (3, 3), False, "none"),
]
statistics = images(23, 7, 5, 3) / 255
print(json.dumps({
    "philox": [{"counter": c, "key": k, "words": w} for c, k, w in KNOWN],
    "cases": cases,
    "statistics": {
        "shape": [23, 7, 5, 3],
        "mean": statistics.mean((0, 1, 2)).tolist(),
        "std": statistics.std((0, 1, 2)).tolist(),
    },
}))
