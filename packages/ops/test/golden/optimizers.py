"""Trajectories of PyTorch's optimizers: 10 steps over variables of several shapes, a learning rate that changes,
gradients that do not depend on the variables. Writes optimizers.json beside this file.

    python optimizers.py        (torch, numpy)
"""
import json
import pathlib

import numpy as np
import torch

SHAPES = [[3, 4], [5], [], [0, 3], [2, 3, 2], [17]]
STEPS = 10
RATES = [0.1 if step < 4 else 0.03 for step in range(STEPS)]

# Arguments for winnow's sgd and adam, and the same for PyTorch.
CASES = {
    "sgd": (("sgd", {}), (torch.optim.SGD, {})),
    "momentum": (("sgd", {"momentum": 0.9}), (torch.optim.SGD, {"momentum": 0.9})),
    "nesterov": (
        ("sgd", {"momentum": 0.8, "nesterov": True, "weightDecay": 0.01}),
        (torch.optim.SGD, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ),
    "clipped": (
        ("sgd", {"momentum": 0.9, "weightDecay": 5e-4, "clipNorm": 2.5}),
        (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 5e-4}),
    ),
    "adam": (("adam", {}), (torch.optim.Adam, {})),
    "adam-l2": (
        ("adam", {"beta1": 0.8, "beta2": 0.98, "epsilon": 1e-4, "weightDecay": 0.1}),
        (torch.optim.Adam, {"betas": (0.8, 0.98), "eps": 1e-4, "weight_decay": 0.1}),
    ),
    "adamw": (
        ("adam", {"beta2": 0.95, "weightDecay": 0.1, "decoupled": True, "clipNorm": 2.5}),
        (torch.optim.AdamW, {"betas": (0.9, 0.95), "weight_decay": 0.1}),
    ),
}


def numbers(tensors):
    return [[float(str(np.float32(x))) for x in tensor.detach().numpy().ravel()] for tensor in tensors]


def main():
    torch.manual_seed(5)
    start = [torch.randn(shape) for shape in SHAPES]
    gradients = [[torch.randn(shape) * (0.2 if step % 3 else 2) for shape in SHAPES] for step in range(STEPS)]
    cases = {}
    for name, ((optimizer, options), (kind, arguments)) in CASES.items():
        parameters = [torch.nn.Parameter(tensor.clone()) for tensor in start]
        # As winnow's default: only matrices and more decay.
        groups = [
            {"params": [p for p in parameters if p.dim() >= 2]},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        torch_optimizer = kind(groups, lr=0.1, **arguments)
        trajectory = []
        for step in range(STEPS):
            for parameter, gradient in zip(parameters, gradients[step]):
                parameter.grad = gradient.clone()
            if "clipNorm" in options:
                torch.nn.utils.clip_grad_norm_(parameters, options["clipNorm"])
            for group in torch_optimizer.param_groups:
                group["lr"] = RATES[step]
            torch_optimizer.step()
            trajectory.append(numbers(parameters))
        cases[name] = {"optimizer": optimizer, "options": options, "trajectory": trajectory}
    golden = {
        "torch": torch.__version__,
        "shapes": SHAPES,
        "learningRates": RATES,
        "start": numbers(start),
        "gradients": [numbers(step) for step in gradients],
        "cases": cases,
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
