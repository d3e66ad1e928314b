"""Learning rates of PyTorch's schedulers, for learning-rate.test.ts. Usage: python schedules.py > schedules.json (torch
2.13)"""
import json

import torch
from torch.optim import lr_scheduler as schedulers

STEPS = 40


def rates(base, make):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=base)
    scheduler = make(optimizer)
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def one_cycle(optimizer):
    # PyTorch counts to the last step, ours to one past it; its phases end at a whole step.
    warmup = 0.25
    return schedulers.OneCycleLR(
        optimizer, max_lr=0.4, total_steps=STEPS + 1, pct_start=(warmup * STEPS + 1) / (STEPS + 1),
        anneal_strategy="linear", div_factor=25, final_div_factor=1e4 / 25, cycle_momentum=False)


def warm_cosine(optimizer):
    warm = schedulers.LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=8)
    cosine = schedulers.CosineAnnealingLR(optimizer, T_max=STEPS - 8, eta_min=0)
    return schedulers.SequentialLR(optimizer, [warm, cosine], milestones=[8])


def inverse_square_root(optimizer):
    warm = 10
    return schedulers.LambdaLR(optimizer, lambda step: min((step + 1) / warm, (warm / (step + 1)) ** 0.5))


cases = [
    ({"kind": "constant", "rate": 0.3}, 0.3, lambda o: schedulers.ConstantLR(o, factor=1.0)),
    ({"kind": "piecewise", "rate": 0.4, "at": [0.5, 0.75], "factor": 0.1}, 0.4,
     lambda o: schedulers.MultiStepLR(o, milestones=[20, 30], gamma=0.1)),
    (
        {"kind": "cosine", "rate": 0.2, "final": 0.01},
        0.2,
        lambda o: schedulers.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.01),
    ),
    ({"kind": "inverse-square-root", "peak": 0.002, "warmupSteps": 10}, 0.002, inverse_square_root),
    ({"kind": "warm-up", "steps": 8, "from": 0.1, "main": {"kind": "cosine", "rate": 0.2}}, 0.2, warm_cosine),
    ({"kind": "one-cycle", "peak": 0.4, "warmup": 0.25}, 0.4, one_cycle),
]
print(json.dumps({
    "torch": torch.__version__,
    "totalSteps": STEPS,
    "cases": [{"schedule": schedule, "rates": rates(base, make)} for schedule, base, make in cases],
}))
