"""The architectures in PyTorch, with the module names of the usual published implementations. Written for the golden
files."""
import torch
import torch.nn.functional as F
from torch import nn


def conv(inputs, outputs, size, stride=1, bias=False):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=bias)


class Post(nn.Module):
    """Residual block, ReLU last. sizes: (channels, kernel, stride) of its convolutions."""

    def __init__(self, inputs, sizes, option="B", shortcut_name="downsample"):
        super().__init__()
        self.count, self.option, self.shortcut_name = len(sizes), option, shortcut_name
        self.stride = max(stride for _, _, stride in sizes)
        channels = inputs
        for index, (outputs, kernel, stride) in enumerate(sizes, 1):
            setattr(self, f"conv{index}", conv(channels, outputs, kernel, stride))
            setattr(self, f"bn{index}", nn.BatchNorm2d(outputs))
            channels = outputs
        self.added = channels - inputs
        if (self.stride != 1 or self.added) and option == "B":
            projection = nn.Sequential(conv(inputs, channels, 1, self.stride), nn.BatchNorm2d(channels))
            setattr(self, shortcut_name, projection)

    def forward(self, x):
        y = x
        for index in range(1, self.count + 1):
            y = getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(y))
            if index < self.count:
                y = F.relu(y)
        if hasattr(self, self.shortcut_name):
            x = getattr(self, self.shortcut_name)(x)
        elif self.stride != 1 or self.added:
            before = self.added // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.added - before))
        return F.relu(x + y)


class ImagenetResNet(nn.Module):
    def __init__(self, depth, width=64, classes=1000):
        super().__init__()
        self.conv1, self.bn1 = conv(3, width, 7, 2), nn.BatchNorm2d(width)
        stages = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 102: [3, 8, 36, 3]}[depth]
        channels = width
        for stage, blocks in enumerate(stages):
            w, layers = width * 2**stage, []
            for block in range(blocks):
                s = 2 if stage and block == 0 else 1
                sizes = [(w, 1, 1), (w, 3, s), (4 * w, 1, 1)] if depth == 50 else [(w, 3, s), (w, 3, 1)]
                layers.append(Post(channels, sizes))
                channels = sizes[-1][0]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class CifarResNet(nn.Module):
    def __init__(self, depth, option, widths=(16, 32, 64), classes=10):
        super().__init__()
        self.conv1, self.bn1 = conv(3, widths[0], 3), nn.BatchNorm2d(widths[0])
        channels = widths[0]
        for stage, w in enumerate(widths):
            layers = []
            for block in range((depth - 2) // 6):
                s = 2 if stage and block == 0 else 1
                layers.append(Post(channels, [(w, 3, s), (w, 3, 1)], option, "shortcut"))
                channels = w
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's 'same': an even image with stride 2 gets its zeros below and on the
    right."""

    def __init__(self, inputs, outputs, size, stride=1):
        super().__init__(inputs, outputs, size, stride, bias=False)

    def forward(self, x):
        pads = []
        for length in (x.shape[3], x.shape[2]):
            k, s = self.kernel_size[0], self.stride[0]
            total = max((-(-length // s) - 1) * s + k - length, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads))


class Pre(nn.Module):
    def __init__(self, inputs, outputs, stride, make, epsilon):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs, epsilon), make(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs, epsilon), make(outputs, outputs, 3)
        self.convShortcut = make(inputs, outputs, 1, stride) if stride != 1 or inputs != outputs else None

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(activated))))
        return y + (self.convShortcut(activated) if self.convShortcut else x)


class Preactivation(nn.Module):
    """Wide ResNets (symmetric padding) and the pre-activation ResNets of the targeted-dropout code (TensorFlow's)."""

    def __init__(self, blocks, widths, first=16, kernel=3, same=False, classes=10):
        super().__init__()
        make, epsilon = (SameConv, 1e-3) if same else (conv, 1e-5)
        self.conv1 = make(3, first, kernel)
        channels = first
        for stage, w in enumerate(widths):
            group = nn.Module()
            layers = []
            for block in range(blocks):
                layers.append(Pre(channels, w, 2 if stage and block == 0 else 1, make, epsilon))
                channels = w
            group.layer = nn.Sequential(*layers)
            setattr(self, f"block{stage + 1}", group)
        self.bn1, self.fc = nn.BatchNorm2d(channels, epsilon), nn.Linear(channels, classes)

    def forward(self, x):
        x = self.block3.layer(self.block2.layer(self.block1.layer(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


class Vgg16(nn.Module):
    """Dropout is left out: it has no parameters and is random. Its places in `classifier` are kept."""

    def __init__(self, form, norm, width=64, hidden=4096, pooled=(7, 7), classes=1000):
        super().__init__()
        layers, channels = [], 3
        for count, factor in [(2, 1), (2, 2), (3, 4), (3, 8), (3, 8)]:
            for _ in range(count):
                layers.append(conv(channels, width * factor, 3, bias=True))
                channels = width * factor
                layers += [nn.BatchNorm2d(channels)] if norm else []
                layers.append(nn.ReLU())
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        if form == "cifar":
            self.classifier = nn.Linear(channels, classes)
        else:
            flat = channels * pooled[0] * pooled[1]
            sizes = [nn.Linear(flat, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, classes)]
            parts = [sizes[0], nn.ReLU(), nn.Identity(), sizes[1], nn.ReLU(), nn.Identity(), sizes[2]]
            self.classifier = nn.Sequential(*parts)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Lenet5(nn.Module):
    def __init__(self, image=(28, 28), channels=1, classes=10):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, 20, 5), nn.Conv2d(20, 50, 5)
        height, width = (((size - 4) // 2 - 4) // 2 for size in image)
        self.hidden1, self.logits = nn.Linear(50 * height * width, 500), nn.Linear(500, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.logits(F.relu(self.hidden1(torch.flatten(x, 1))))


class Mlp(nn.Module):
    def __init__(self, image, hidden, classes=10):
        super().__init__()
        inputs, self.count = image[0] * image[1] * image[2], len(hidden)
        for index, units in enumerate(hidden, 1):
            setattr(self, f"hidden{index}", nn.Linear(inputs, units))
            inputs = units
        self.logits = nn.Linear(inputs, classes)

    def forward(self, x):
        x = torch.flatten(x, 1)
        for index in range(1, self.count + 1):
            x = F.relu(getattr(self, f"hidden{index}")(x))
        return self.logits(x)
