"""Golden numbers of the methods' formulas, by NumPy and PyTorch autograd, for methods.test.ts.

python methods.py > methods.json
"""

import json

import numpy as np
import torch

torch.manual_seed(0)
rng = np.random.default_rng(0)


def listed(tensor):
    return [float(x) for x in torch.as_tensor(tensor).detach().to(torch.float64).flatten()]


def l0():
    beta, zeta, gamma = 2 / 3, 1.1, -0.1
    log_a = torch.tensor(rng.normal(0, 3, 12), dtype=torch.float32, requires_grad=True)
    u = torch.tensor(rng.uniform(0.01, 0.99, 12), dtype=torch.float32)
    s = torch.sigmoid((torch.log(u) - torch.log(1 - u) + log_a) / beta)
    gate = (s * (zeta - gamma) + gamma).clamp(0, 1)
    (gradient,) = torch.autograd.grad(gate.sum(), log_a)
    evaluation = (torch.sigmoid(log_a) * (zeta - gamma) + gamma).clamp(0, 1)
    # P(gate != 0) of the hard-concrete distribution, from its own definition: P(s > -gamma / (zeta - gamma)).
    threshold = -gamma / (zeta - gamma)
    probability = 1 - torch.sigmoid(np.log(threshold / (1 - threshold)) * beta - log_a)
    return {
        "logA": listed(log_a),
        "uniform": listed(u),
        "gate": listed(gate),
        "gradient": listed(gradient),
        "evaluation": listed(evaluation),
        "open": listed(probability),
    }


def variational():
    w = torch.tensor(rng.normal(0, 0.3, 12), dtype=torch.float64, requires_grad=True)
    log_variance = torch.tensor(rng.normal(-4, 4, 12), dtype=torch.float64, requires_grad=True)
    log_alpha = (log_variance - torch.log(w**2 + 1e-8)).clamp(-8, 8)
    k1, k2, k3 = 0.63576, 1.8732, 1.48695
    divergence = -(k1 * torch.sigmoid(k2 + k3 * log_alpha) - 0.5 * torch.log1p(torch.exp(-log_alpha)) - k1)
    gradients = torch.autograd.grad(divergence.sum(), [w, log_variance])
    return {
        "w": listed(w),
        "logVariance": listed(log_variance),
        "logAlpha": listed(log_alpha),
        "divergence": listed(divergence),
        "gradientW": listed(gradients[0]),
        "gradientLogVariance": listed(gradients[1]),
    }


def local_reparameterisation():
    """A 3x3 convolution and a dense layer with bias and ReLU: mean and variance of their outputs before the
    activation."""
    cases = []
    for kind in ("dense", "conv"):
        x = torch.tensor(rng.normal(0, 1, (2, 5) if kind == "dense" else (2, 4, 4, 3)), dtype=torch.float32)
        w = torch.tensor(rng.normal(0, 0.4, (5, 3) if kind == "dense" else (3, 3, 3, 2)), dtype=torch.float32)
        log_variance = torch.tensor(rng.normal(-2, 1, tuple(w.shape)), dtype=torch.float32)
        alpha = (log_variance - torch.log(w**2 + 1e-8)).clamp(-8, 8).exp()
        variance = alpha * (w**2 + 1e-8)
        if kind == "dense":
            mean, spread = x @ w, (x**2) @ variance
        else:
            conv = lambda a, k: torch.nn.functional.conv2d(
                a.permute(0, 3, 1, 2), k.permute(3, 2, 0, 1), padding=1
            ).permute(0, 2, 3, 1)
            mean, spread = conv(x, w), conv(x**2, variance)
        cases.append(
            {
                "kind": kind,
                "x": listed(x),
                "w": listed(w),
                "logVariance": listed(log_variance),
                "mean": listed(mean),
                "variance": listed(spread),
            }
        )
    return cases


def smallify():
    """Exponential mean and variance of the sign of four switches, and when each is off."""
    steps = 12
    switches = rng.normal(0, 1, (steps, 4))
    switches[:, 0] = np.abs(switches[:, 0])
    switches[3:, 1] = -np.abs(switches[3:, 1])
    switches[:3, 1] = np.abs(switches[:3, 1])
    switches[:, 2] = [(-1) ** t for t in range(steps)]
    first = np.array([0.4, 0.2, 0.9, 0.7])
    mean, variance, on = np.sign(first), np.zeros(4), np.ones(4)
    rows = []
    for row in switches.astype(np.float32):
        difference = np.sign(row) - mean
        mean = mean + 0.1 * difference
        variance = 0.9 * (variance + 0.1 * difference**2)
        on = on * (variance < 0.5)
        rows.append({"switch": row.tolist(), "mean": mean.tolist(), "variance": variance.tolist(), "mask": on.tolist()})
    return {"first": first.tolist(), "rows": rows}


def cubic():
    """The schedule as the paper writes it: s_f + (s_i - s_f) (1 - (t - t0) / (n dt))^3 with s_i = 0."""
    return [
        {"step": t, "value": 0.9 + (0 - 0.9) * (1 - min(max((t - 10) / 40, 0), 1)) ** 3} for t in range(0, 70, 5)
    ]


def erk():
    """Erdos-Renyi-kernel densities by bisection on epsilon, which needs no list of dense layers."""
    networks = [
        {"shapes": [[3, 3, 16, 16], [3, 3, 16, 32], [1, 1, 16, 32], [3, 3, 32, 64]], "sparsity": 0.9},
        {"shapes": [[3, 3, 16, 16], [3, 3, 16, 32], [1, 1, 16, 32], [3, 3, 32, 64]], "sparsity": 0.5},
        {"shapes": [[300, 100], [100, 10]], "sparsity": 0.98},
    ]
    for network in networks:
        sizes = np.array([np.prod(s) for s in network["shapes"]], dtype=np.float64)
        raw = np.array([sum(s) / np.prod(s) for s in network["shapes"]])
        low, high = 0.0, 1e6
        for _ in range(200):
            epsilon = (low + high) / 2
            kept = (np.minimum(1, epsilon * raw) * sizes).sum()
            if kept < (1 - network["sparsity"]) * sizes.sum():
                low = epsilon
            else:
                high = epsilon
        network["sparsities"] = (1 - np.minimum(1, low * raw)).tolist()
    return networks


def rigl():
    """Masks after one renewal, by plain sorting. All scores differ, so that no tie rule matters."""
    cases = []
    for shape, kept, share in (((6, 5), 12, 0.3), ((3, 3, 2, 4), 30, 0.5), ((4, 4), 15, 0.5)):
        size = int(np.prod(shape))
        w = rng.permutation(np.arange(1, size + 1)) / size * rng.choice([-1, 1], size)
        g = rng.permutation(np.arange(1, size + 1)) / size
        mask = np.zeros(size, bool)
        mask[rng.permutation(size)[:kept]] = True
        drop = min(int(share * kept), size - kept)
        active = np.flatnonzero(mask)
        dropped = active[np.argsort(np.abs(w[active]))[:drop]]
        survivors = mask.copy()
        survivors[dropped] = False
        inactive = np.flatnonzero(~survivors)
        grown = inactive[np.argsort(-g[inactive])[: kept - survivors.sum()]]
        renewed = survivors.copy()
        renewed[grown] = True
        cases.append(
            {
                "shape": list(shape),
                "w": w.tolist(),
                "g": g.tolist(),
                "mask": mask.astype(int).tolist(),
                "share": share,
                "renewed": renewed.astype(int).tolist(),
            }
        )
    return cases


def srigl():
    """One renewal with constant fan-in, by loops over columns."""
    cases = []
    for rows, columns, fan_in, share, minimum in ((12, 6, 4, 0.3, 0.3), (12, 6, 4, 0.5, 0.9), (9, 4, 3, 0.4, 0.0)):
        size = rows * columns
        w = (rng.permutation(np.arange(1, size + 1)) / size).reshape(rows, columns)
        w[:, 0] *= 0.01
        g = (rng.permutation(np.arange(1, size + 1)) / size).reshape(rows, columns)
        mask = np.zeros((rows, columns), bool)
        for c in range(columns):
            mask[rng.permutation(rows)[:fan_in], c] = True
        kept = int(mask.sum())
        moved = min(int(share * kept), size - kept)
        order = sorted(zip(*np.nonzero(mask)), key=lambda at: abs(w[at]))
        survivors = mask.copy()
        for at in order[:moved]:
            survivors[at] = False
        strongest = np.zeros_like(mask)
        for at in sorted(zip(*np.nonzero(~mask)), key=lambda at: -g[at])[:moved]:
            strongest[at] = True
        salient = (survivors | strongest).sum(0)
        left = [c for c in range(columns) if salient[c] >= minimum * kept / columns]
        new_fan_in = min(rows, kept // len(left))
        renewed = np.zeros_like(mask)
        for c in left:
            renewed[survivors[:, c], c] = True
            grown = new_fan_in - survivors[:, c].sum()
            for r in sorted(np.flatnonzero(~survivors[:, c]), key=lambda r: -g[r, c])[:grown]:
                renewed[r, c] = True
        cases.append(
            {
                "shape": [rows, columns],
                "w": w.flatten().tolist(),
                "g": g.flatten().tolist(),
                "mask": mask.astype(int).flatten().tolist(),
                "share": share,
                "minimum": minimum,
                "renewed": renewed.astype(int).flatten().tolist(),
                "columns": len(left),
            }
        )
    return cases


def two_four():
    """SR-STE: the gradient of a masked kernel passes whole and pulls cut weights to zero; 2 of 4 along the rows of a
    column."""
    w = rng.permutation(np.arange(1, 25)).reshape(8, 3) / 24 * rng.choice([-1, 1], (8, 3))
    mask = np.zeros((8, 3))
    for column in range(3):
        for top in (0, 4):
            for row in np.argsort(-np.abs(w[top : top + 4, column]))[:2]:
                mask[top + row, column] = 1
    dy = rng.normal(0, 1, (8, 3))
    return {
        "w": w.flatten().tolist(),
        "mask": mask.flatten().tolist(),
        "dy": dy.flatten().tolist(),
        "gradient": (dy + 0.3 * (1 - mask) * w).flatten().tolist(),
    }


print(
    json.dumps(
        {
            "l0": l0(),
            "variational": variational(),
            "localReparameterisation": local_reparameterisation(),
            "smallify": smallify(),
            "cubic": cubic(),
            "erk": erk(),
            "rigl": rigl(),
            "srigl": srigl(),
            "twoFour": two_four(),
        }
    )
)
