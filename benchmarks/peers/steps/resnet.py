"""Peers of a residual network's training step. Each imports its framework alone, since the memory of its process is
measured."""


def prepare(peer, params, inputs):
    if peer == "keras":
        from . import resnet_keras

        return resnet_keras.prepare(params, inputs)
    from . import resnet_torch

    compiled, channels_last = peer.startswith("pytorch-compile"), peer.endswith("-nhwc")
    return resnet_torch.prepare(params, inputs, compiled, channels_last)
