"""The networks of src/steps/resnet.ts in PyTorch."""
import torch
from torch import nn
from torch.nn import functional as F

from .kernels import Kernels
from .torch_step import TorchStep


class Conv(nn.Conv2d):
    """No bias; padding that keeps the size."""

    checked = False

    def __init__(self, kernel, network, stride=1):
        height, _, inputs, outputs = kernel.shape
        super().__init__(inputs, outputs, height, stride, padding=height // 2, bias=False)
        self.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        self.pads_differently = network["padding"] == "same" and stride == 2 and height > 1

    def forward(self, x):
        if not (self.checked and self.pads_differently):
            return super().forward(x)
        # TensorFlow pads a stride-2 convolution of an even image on the right and below only.
        size = self.kernel_size[0]
        return F.conv2d(F.pad(x, (0, size - 2, 0, size - 2)), self.weight, stride=2)


def normalise(channels, network):
    return nn.BatchNorm2d(channels, eps=network["epsilon"])


class PreactivationBlock(nn.Module):
    def __init__(self, kernels, network, name, channels, stride):
        super().__init__()
        shortcut = kernels.get(f"{name}_shortcut")
        conv1, conv2 = kernels[f"{name}_conv1"], kernels[f"{name}_conv2"]
        self.norm1, self.conv1 = normalise(channels, network), Conv(conv1, network, stride)
        self.norm2, self.conv2 = normalise(conv1.shape[3], network), Conv(conv2, network)
        self.shortcut = None if shortcut is None else Conv(shortcut, network, stride)

    def forward(self, x):
        activated = F.relu(self.norm1(x), inplace=True)
        y = self.conv2(F.relu(self.norm2(self.conv1(activated)), inplace=True))
        return y + (x if self.shortcut is None else self.shortcut(activated))


class PostactivationBlock(nn.Module):
    def __init__(self, kernels, network, name, channels, stride):
        super().__init__()
        conv1, conv2 = kernels[f"{name}_conv1"], kernels[f"{name}_conv2"]
        self.conv1, self.norm1 = Conv(conv1, network, stride), normalise(conv1.shape[3], network)
        self.conv2, self.norm2 = Conv(conv2, network), normalise(conv2.shape[3], network)
        self.widen = conv2.shape[3] - channels

    def shortcut(self, x):
        if self.widen == 0:
            return x
        before = self.widen // 2
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, before, self.widen - before))

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)), inplace=True)))
        return F.relu(y + self.shortcut(x), inplace=True)


class ResNet(nn.Module):
    def __init__(self, kernels, network):
        super().__init__()
        self.is_post = network["form"] == "post"
        make = PostactivationBlock if self.is_post else PreactivationBlock
        self.first = Conv(kernels["first_conv"], network)
        channels, blocks = network["firstWidth"], []
        self.norm = normalise(channels if self.is_post else network["widths"][-1], network)
        for stage, width in enumerate(network["widths"]):
            for block in range(network["blocks"]):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(make(kernels, network, f"stage{stage + 1}_block{block + 1}", channels, stride))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.logits = nn.Linear(channels, network["classes"])
        self.logits.weight.data = torch.from_numpy(kernels["logits"].T.copy())
        nn.init.zeros_(self.logits.bias)

    def as_checked(self, checked):
        Conv.checked = checked

    def activate(self, x):
        return F.relu(self.norm(x), inplace=True)

    def forward(self, x):
        x = self.first(x)
        x = self.blocks(self.activate(x)) if self.is_post else self.activate(self.blocks(x))
        return self.logits(x.mean((2, 3)))


def prepare(params, inputs, compiled, channels_last):
    model = ResNet(Kernels(params["kernels"], inputs["kernels"]), params["network"])
    images = torch.from_numpy(inputs["images"]).permute(0, 3, 1, 2)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model, images = model.to(memory_format=layout), images.contiguous(memory_format=layout)
    return TorchStep(model, images, torch.from_numpy(inputs["labels"]).long(), params["training"], compiled)
