"""The networks of src/steps/resnet.ts in PyTorch."""
import torch
from torch import nn
from torch.nn import functional as F

from .kernels import Kernels
from .torch_step import TorchStep

EPSILON = 1e-3


class Conv(nn.Conv2d):
    """No bias; 'same' padding."""

    checked = False

    def __init__(self, kernel, stride=1):
        height, _, inputs, outputs = kernel.shape
        super().__init__(inputs, outputs, height, stride, padding=height // 2, bias=False)
        self.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())

    def forward(self, x):
        if not self.checked or self.stride[0] == 1:
            return super().forward(x)
        # TensorFlow pads a stride-2 convolution of an even image on the right and below only.
        size = self.kernel_size[0]
        return F.conv2d(F.pad(x, (0, size - 2, 0, size - 2) if size > 1 else (0, 0, 0, 0)), self.weight, stride=2)


def normalise(channels):
    return nn.BatchNorm2d(channels, eps=EPSILON)


class Block(nn.Module):
    def __init__(self, kernels, name, channels, stride):
        super().__init__()
        shortcut = kernels.get(f"{name}_shortcut")
        conv1, conv2 = kernels[f"{name}_conv1"], kernels[f"{name}_conv2"]
        self.norm1, self.conv1 = normalise(channels), Conv(conv1, stride)
        self.norm2, self.conv2 = normalise(conv1.shape[3]), Conv(conv2)
        self.shortcut = None if shortcut is None else Conv(shortcut, stride)

    def forward(self, x):
        activated = F.relu(self.norm1(x), inplace=True)
        y = self.conv2(F.relu(self.norm2(self.conv1(activated)), inplace=True))
        return y + (x if self.shortcut is None else self.shortcut(activated))


class ResNet(nn.Module):
    def __init__(self, kernels, network):
        super().__init__()
        self.first = Conv(kernels["first_conv"])
        channels, blocks = network["firstWidth"], []
        for stage, width in enumerate(network["widths"]):
            for block in range(network["blocks"]):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(Block(kernels, f"stage{stage + 1}_block{block + 1}", channels, stride))
                channels = width
        self.blocks, self.last = nn.Sequential(*blocks), normalise(channels)
        self.logits = nn.Linear(channels, network["classes"])
        self.logits.weight.data = torch.from_numpy(kernels["logits"].T.copy())
        nn.init.zeros_(self.logits.bias)

    def as_checked(self, checked):
        Conv.checked = checked

    def forward(self, x):
        x = F.relu(self.last(self.blocks(self.first(x))), inplace=True)
        return self.logits(x.mean((2, 3)))


def prepare(params, inputs, compiled, channels_last):
    model = ResNet(Kernels(params["kernels"], inputs["kernels"]), params["network"])
    images = torch.from_numpy(inputs["images"]).permute(0, 3, 1, 2)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model, images = model.to(memory_format=layout), images.contiguous(memory_format=layout)
    return TorchStep(model, images, torch.from_numpy(inputs["labels"]).long(), params["training"], compiled)
