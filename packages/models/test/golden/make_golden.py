"""Golden outputs and gradients of every architecture, by PyTorch in float64, and counts of the published sizes.

Usage, in this folder: python3 make_golden.py [NAME ...]. Writes NAME.json of each network and its counts into
counts.json; without names, of all. Needs: pip install torch numpy, and torchvision for the networks that it has too.

Weights and images are not stored: both sides compute them from the tensor's name and the element's index (`fill.py`
here, `fill.ts` there). Of each gradient its norm, its product with such a vector and its first element are stored.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from fill import fill, weight
from networks import CifarResNet, ImagenetResNet, Lenet5, Mlp, Preactivation, Vgg16

MODELS = {
    # name: (full-size module, its image [channels, height, width])
    "cifar_resnet20a": (lambda: CifarResNet(20, "A"), (3, 32, 32)),
    "cifar_resnet32a": (lambda: CifarResNet(32, "A"), (3, 32, 32)),
    "cifar_resnet44a": (lambda: CifarResNet(44, "A"), (3, 32, 32)),
    "cifar_resnet56a": (lambda: CifarResNet(56, "A"), (3, 32, 32)),
    "cifar_resnet110a": (lambda: CifarResNet(110, "A"), (3, 32, 32)),
    "cifar_resnet20b": (lambda: CifarResNet(20, "B"), (3, 32, 32)),
    "cifar_resnet32b": (lambda: CifarResNet(32, "B"), (3, 32, 32)),
    "resnet32_paper": (lambda: Preactivation(5, (32, 64, 128), kernel=7, same=True), (3, 32, 32)),
    "imagenet_resnet18": (lambda: ImagenetResNet(18), (3, 224, 224)),
    "imagenet_resnet34": (lambda: ImagenetResNet(34), (3, 224, 224)),
    "imagenet_resnet50": (lambda: ImagenetResNet(50), (3, 224, 224)),
    "imagenet_resnet102": (lambda: ImagenetResNet(102), (3, 224, 224)),
    "wrn_28_10": (lambda: Preactivation(4, (160, 320, 640)), (3, 32, 32)),
    "wrn_16_4": (lambda: Preactivation(2, (64, 128, 256)), (3, 32, 32)),
    "wrn_40_2": (lambda: Preactivation(6, (32, 64, 128)), (3, 32, 32)),
    "vgg16_imagenet": (lambda: Vgg16("imagenet", False), (3, 224, 224)),
    "vgg16_imagenet_norm": (lambda: Vgg16("imagenet", True), (3, 224, 224)),
    "vgg16_cifar": (lambda: Vgg16("cifar", True, classes=10), (3, 32, 32)),
    "lenet5": (lambda: Lenet5(), (1, 28, 28)),
    "lenet300": (lambda: Mlp((1, 28, 28), (300, 100)), (1, 28, 28)),
    "mlp_10": (lambda: Mlp((3, 32, 32), (10,)), (3, 32, 32)),
}

# Networks that torchvision has too, by its name for them.
TORCHVISION = {
    "imagenet_resnet18": "resnet18",
    "imagenet_resnet34": "resnet34",
    "imagenet_resnet50": "resnet50",
    "vgg16_imagenet": "vgg16",
    "vgg16_imagenet_norm": "vgg16_bn",
}

SMALL = (4, 8, 16)
# name: (module, image, gain); without BatchNorm the weights have He's variance 2/fanIn, with it a quarter of that.
CASES = {
    "cifar_resnet20a": (lambda: CifarResNet(20, "A", SMALL), (3, 16, 12), 1.5),
    "cifar_resnet20b": (lambda: CifarResNet(20, "B", SMALL), (3, 16, 12), 1.5),
    "cifar_resnet32a": (lambda: CifarResNet(32, "A", SMALL), (3, 16, 16), 1.5),
    "cifar_resnet44a": (lambda: CifarResNet(44, "A", SMALL), (3, 16, 16), 1.5),
    "cifar_resnet56a": (lambda: CifarResNet(56, "A", SMALL), (3, 16, 16), 1.5),
    "cifar_resnet110a": (lambda: CifarResNet(110, "A", SMALL), (3, 16, 20), 1.5),
    "resnet32_paper": (lambda: Preactivation(5, SMALL, kernel=7, same=True), (3, 16, 14), 1.5),
    "wrn_16_4": (lambda: Preactivation(2, (64, 128, 256)), (3, 16, 16), 1.5),
    "wrn_28_2": (lambda: Preactivation(4, (32, 64, 128)), (3, 8, 12), 1.5),
    "imagenet_resnet18": (lambda: ImagenetResNet(18, 8, 12), (3, 64, 48), 1.5),
    "imagenet_resnet34": (lambda: ImagenetResNet(34, 4, 12), (3, 64, 48), 1.5),
    "imagenet_resnet50": (lambda: ImagenetResNet(50, 4, 12), (3, 64, 48), 1.5),
    "imagenet_resnet102": (lambda: ImagenetResNet(102, 4, 12), (3, 96, 80), 1.5),
    "vgg16_imagenet": (lambda: Vgg16("imagenet", False, 4, 32, (2, 3), 12), (3, 64, 96), 6),
    "vgg16_imagenet_norm": (lambda: Vgg16("imagenet", True, 4, 32, (2, 3), 12), (3, 64, 96), 1.5),
    "vgg16_cifar": (lambda: Vgg16("cifar", True, 8, classes=10), (3, 32, 32), 1.5),
    "lenet5": (lambda: Lenet5((28, 24), 3), (3, 28, 24), 6),
    "lenet300": (lambda: Mlp((1, 28, 28), (300, 100)), (1, 28, 28), 6),
    "mlp_10": (lambda: Mlp((3, 32, 32), (10,)), (3, 32, 32), 6),
}
BATCH = 4


def short(values):
    return [float(f"{value:.9g}") for value in values]


def run(make, image, gain, dtype):
    network = make().to(dtype)
    state = {name: t for name, t in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    for name, tensor in state.items():
        tensor.copy_(torch.from_numpy(weight(name, tuple(tensor.shape), gain).astype(np.float32)))
    x = torch.from_numpy(fill("input", BATCH * math.prod(image)).astype(np.float32).reshape(BATCH, *image)).to(dtype)
    with torch.no_grad():
        inference = network.eval()(x)
    training = network.train()(x)
    labels = torch.tensor([(7 * index + 3) % training.shape[1] for index in range(BATCH)])
    loss = torch.nn.functional.cross_entropy(training, labels)
    loss.backward()
    return state, inference, training, loss, {name: p.grad.double() for name, p in network.named_parameters()}


def check_conditioning(name, exact, rounded):
    """Where a ReLU's input is near zero, float32 may end on its other side: such a case tests nothing to 1e-4."""
    whole = math.sqrt(sum(g.norm() ** 2 for g in exact.values()))
    worst = max(float((exact[key] - rounded[key]).norm() / (exact[key].norm() + 1e-2 * whole)) for key in exact)
    assert worst < 8e-5, f"{name}: float32 is off by {worst:.1e} in PyTorch itself; change the case"
    print(f"{name}: PyTorch's float32 gradient is within {worst:.1e}")


def golden(name, make, image, gain):
    state, inference, training, loss, exact = run(make, image, gain, torch.float64)
    check_conditioning(name, exact, run(make, image, gain, torch.float32)[-1])
    gradients = {}
    for key, gradient in exact.items():
        g = gradient.flatten().numpy()
        gradients[key] = short([np.linalg.norm(g), g @ fill("probe " + key, g.size), g[0]])
    return {
        "batch": BATCH,
        "image": image,
        "gain": gain,
        "tensors": {key: list(tensor.shape) for key, tensor in state.items()},
        "inference": short(inference.flatten().tolist()),
        "training": short(training.detach().flatten().tolist()),
        "loss": float(f"{loss.item():.9g}"),
        "gradients": gradients,
    }


def count(network, image):
    with FlopCounterMode(display=False) as counter:
        network.eval()(torch.zeros(1, *image, device="meta"))
    # PyTorch counts a multiply-add as two operations.
    return {"parameters": sum(p.numel() for p in network.parameters()), "flops": counter.get_total_flops() // 2}


def compare_with_torchvision(name, ours):
    """Asserts that a network has the size and the tensors of torchvision's."""
    import torchvision

    theirs = getattr(torchvision.models, TORCHVISION[name])()
    assert count(theirs, (3, 224, 224)) == count(ours, (3, 224, 224)), name
    shapes = [{key: tensor.shape for key, tensor in network.state_dict().items()} for network in (theirs, ours)]
    assert shapes[0] == shapes[1], name


def main(names):
    unknown = set(names) - set(MODELS) - set(CASES)
    assert not unknown, f"{', '.join(sorted(unknown))}: in neither MODELS nor CASES"
    counts = json.loads(Path("counts.json").read_text()) if names else {}
    with torch.device("meta"):
        for name, (make, image) in MODELS.items():
            if names and name not in names:
                continue
            counts[name] = count(make(), image)
            if name in TORCHVISION:
                compare_with_torchvision(name, make())
    ordered = {name: counts[name] for name in MODELS if name in counts}
    Path("counts.json").write_text(json.dumps(ordered, indent=1) + "\n")
    for name, case in CASES.items():
        if not names or name in names:
            Path(f"{name}.json").write_text(json.dumps(golden(name, *case)) + "\n")


main(sys.argv[1:])
