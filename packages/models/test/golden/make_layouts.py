"""Golden outputs of small PyTorch networks whose features stand in another order than in tf.layers.

Needs: pip install torch numpy. Usage: python3 make_layouts.py, in this folder; writes layouts.json. Weights and inputs
are not stored: `fill.py` here and `fill.ts` there compute them from names.
"""
import json
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from fill import fill, weight

BATCH = 2


class Network(nn.Module):
    def __init__(self, forward, **modules):
        super().__init__()
        self.run = forward
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x):
        return self.run(self, x)


def separable(inputs, multiplier, outputs):
    depthwise = nn.Conv2d(inputs, inputs * multiplier, (3, 2), groups=inputs, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(inputs * multiplier, outputs, 1))


def sequence(out):
    """What nn.LSTM and nn.RNN give: the outputs of all steps, and the last states."""
    return out[0]


def each_step(n, x):
    """The same convolution, flattened, at every step of [batch, step, channels, height, width]."""
    frames = F.relu(n.conv(x.flatten(0, 1))).flatten(1).unflatten(0, x.shape[:2])
    return n.fc(sequence(n.lstm(frames))[:, -1])


# name: (network, input without the batch)
CASES = {
    "sequence": (Network(lambda n, x: n.fc(torch.tanh(x).flatten(1)), fc=nn.Linear(24, 3)), (4, 6)),
    "conv1d": (
        Network(
            lambda n, x: n.fc(F.leaky_relu(n.conv(x), 0.3).flatten(1)), conv=nn.Conv1d(4, 5, 3), fc=nn.Linear(20, 3)
        ),
        (4, 6),
    ),
    "conv3d": (
        Network(
            lambda n, x: n.fc(F.elu(n.conv(x)).flatten(1)), conv=nn.Conv3d(2, 3, (2, 1, 2)), fc=nn.Linear(54, 4)
        ),
        (2, 4, 3, 3),
    ),
    "image": (
        Network(
            lambda n, x: n.fc(F.elu(F.leaky_relu(n.conv(x), 0.3)).flatten(1)),
            conv=nn.Conv2d(2, 3, 2),
            fc=nn.Linear(36, 4),
        ),
        (2, 4, 5),
    ),
    "after_flatten": (
        Network(
            lambda n, x: n.fc(n.ln(n.prelu(n.bn(n.conv(x).flatten(1))))),
            conv=nn.Conv2d(2, 3, 2),
            bn=nn.BatchNorm1d(18),
            prelu=nn.PReLU(18),
            ln=nn.LayerNorm(18, eps=1e-3),
            fc=nn.Linear(18, 4),
        ),
        (2, 3, 4),
    ),
    "branches": (
        Network(
            lambda n, x: n.fc(torch.cat([n.a(x).flatten(1), n.b(x).flatten(1), n.c(x).mean((2, 3))], 1)),
            a=nn.Conv2d(2, 3, 2),
            b=nn.Conv2d(2, 2, (3, 1)),
            c=nn.Conv2d(2, 5, 1),
            fc=nn.Linear(18 + 8 + 5, 4),
        ),
        (2, 3, 4),
    ),
    "pixel": (
        Network(lambda n, x: n.fc(n.conv(x).flatten(1)), conv=nn.Conv2d(2, 7, (3, 4)), fc=nn.Linear(7, 4)),
        (2, 3, 4),
    ),
    "shared": (
        Network(
            lambda n, x: n.fc(n.conv(x).flatten(1)) + n.fc(F.relu(n.conv(2 * x)).flatten(1)),
            conv=nn.Conv2d(2, 3, 2),
            fc=nn.Linear(18, 4),
        ),
        (2, 3, 4),
    ),
    "decoder": (
        Network(
            lambda n, x: n.up(F.relu(n.bn(n.fc(x))).view(-1, 3, 2, 4)),
            fc=nn.Linear(5, 24),
            bn=nn.BatchNorm1d(24),
            up=nn.ConvTranspose2d(3, 2, (2, 3), stride=2),
        ),
        (5,),
    ),
    "autoencoder": (
        Network(
            lambda n, x: n.out(n.fc(n.conv(x).flatten(1)).view(-1, 3, 2, 3)),
            conv=nn.Conv2d(2, 3, 2),
            fc=nn.Linear(18, 18),
            out=nn.Conv2d(3, 2, 2),
        ),
        (2, 3, 4),
    ),
    "lstm": (
        Network(
            lambda n, x: n.fc(sequence(n.lstm(x)).flatten(1)), lstm=nn.LSTM(4, 5, batch_first=True), fc=nn.Linear(30, 3)
        ),
        (6, 4),
    ),
    "bidirectional": (
        Network(
            lambda n, x: n.fc(sequence(n.lstm(x)).flatten(1)),
            lstm=nn.LSTM(4, 3, batch_first=True, bidirectional=True),
            fc=nn.Linear(36, 3),
        ),
        (6, 4),
    ),
    "stacked_lstm": (
        Network(
            lambda n, x: n.fc(sequence(n.lstm(n.conv(x).flatten(1).unsqueeze(1).repeat(1, 3, 1)))[:, -1]),
            conv=nn.Conv2d(2, 3, 2),
            lstm=nn.LSTM(18, 5, num_layers=3, batch_first=True),
            fc=nn.Linear(5, 3),
        ),
        (2, 3, 4),
    ),
    "stacked_bidirectional": (
        Network(
            lambda n, x: n.fc(sequence(n.lstm(x)).flatten(1)),
            lstm=nn.LSTM(4, 3, num_layers=2, batch_first=True, bidirectional=True),
            fc=nn.Linear(36, 3),
        ),
        (6, 4),
    ),
    "stacked_rnn": (
        Network(
            lambda n, x: n.fc(sequence(n.rnn(x))[:, -1]),
            rnn=nn.RNN(4, 5, num_layers=2, batch_first=True),
            fc=nn.Linear(5, 3),
        ),
        (6, 4),
    ),
    "rnn": (
        Network(lambda n, x: n.fc(sequence(n.rnn(x))[:, -1]), rnn=nn.RNN(4, 5, batch_first=True), fc=nn.Linear(5, 3)),
        (6, 4),
    ),
    "lstm_of_flattened": (
        Network(
            lambda n, x: n.fc(sequence(n.lstm(n.conv(x).flatten(1).unsqueeze(1).repeat(1, 3, 1)))[:, -1]),
            conv=nn.Conv2d(2, 3, 2),
            lstm=nn.LSTM(18, 5, batch_first=True),
            fc=nn.Linear(5, 3),
        ),
        (2, 3, 4),
    ),
    "each_step": (
        Network(each_step, conv=nn.Conv2d(2, 3, 2), lstm=nn.LSTM(18, 4, batch_first=True), fc=nn.Linear(4, 3)),
        (3, 2, 3, 4),
    ),
    "embedding": (
        Network(
            lambda n, x: n.fc(n.conv(n.embed(x.long()).transpose(1, 2)).flatten(1)),
            embed=nn.Embedding(9, 4),
            conv=nn.Conv1d(4, 5, 3),
            fc=nn.Linear(20, 3),
        ),
        (6,),
    ),
    "embedding_flat": (
        Network(lambda n, x: n.fc(n.embed(x.long()).flatten(1)), embed=nn.Embedding(9, 4), fc=nn.Linear(24, 3)),
        (6,),
    ),
    "depthwise": (
        Network(
            lambda n, x: n.fc(n.sep(n.depth(x)).flatten(1)),
            depth=nn.Conv2d(2, 6, 2, groups=2),
            sep=separable(6, 2, 5),
            fc=nn.Linear(20, 3),
        ),
        (2, 5, 4),
    ),
    "layer_norm_image": (
        Network(
            lambda n, x: n.fc(n.ln(n.conv(x)).flatten(1)),
            conv=nn.Conv2d(2, 3, 2),
            ln=nn.LayerNorm((3, 2, 3), eps=1e-3),
            fc=nn.Linear(18, 4),
        ),
        (2, 3, 4),
    ),
    "prelu_image": (
        Network(
            lambda n, x: n.fc(n.one(n.prelu(n.conv(x))).flatten(1)),
            conv=nn.Conv2d(2, 3, 2),
            prelu=nn.PReLU(3),
            one=nn.PReLU(),
            fc=nn.Linear(18, 4),
        ),
        (2, 3, 4),
    ),
    "channels_first": (
        Network(
            lambda n, x: n.fc(n.bn(x).flatten(1)), bn=nn.BatchNorm2d(2), fc=nn.Linear(24, 4)
        ),
        (2, 3, 4),
    ),
    "channels_first_flatten": (Network(lambda n, x: n.fc(x.flatten(1)), fc=nn.Linear(24, 4)), (2, 3, 4)),
    "channels_first_conv": (
        Network(
            lambda n, x: n.fc(F.max_pool2d(n.conv(x), 2, 1).flatten(1)), conv=nn.Conv2d(2, 3, 2), fc=nn.Linear(6, 4)
        ),
        (2, 3, 4),
    ),
    "squeeze": (
        Network(
            lambda n, x: n.fc((n.conv(x) * torch.sigmoid(n.gate(n.conv(x).mean((2, 3))))[:, :, None, None]).flatten(1)),
            conv=nn.Conv2d(2, 3, 2),
            gate=nn.Linear(3, 3),
            fc=nn.Linear(18, 4),
        ),
        (2, 3, 4),
    ),
    "dense_sequence": (
        Network(lambda n, x: n.fc(F.relu(n.each(x)).flatten(1)), each=nn.Linear(4, 5), fc=nn.Linear(30, 3)),
        (6, 4),
    ),
}


def golden(name, network, shape):
    state = {key: t for key, t in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    for key, tensor in state.items():
        tensor.copy_(torch.from_numpy(weight(key, tuple(tensor.shape), 1.5).astype(np.float32)))
    x = fill("input", BATCH * math.prod(shape)).astype(np.float32).reshape(BATCH, *shape)
    if name.startswith("embedding"):
        x = np.floor((x + 1) * 4.5)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.eps = 1e-3
    with torch.no_grad():
        output = network.double().eval()(torch.from_numpy(x).double())
    return {
        "input": [BATCH, *shape],
        "state": {key: list(t.shape) for key, t in state.items()},
        "output": [float(f"{value:.8g}") for value in output.flatten()],
    }


if __name__ == "__main__":
    cases = {name: golden(name, network, shape) for name, (network, shape) in CASES.items()}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    with open("layouts.json", "w", encoding="utf-8") as file:
        file.write("{\n" + lines + "\n}\n")
