"""Peers of the Transformer's training step. Each imports its framework alone, since the memory of its process is
measured."""


def prepare(peer, params, inputs):
    if peer == "keras":
        from . import transformer_keras

        return transformer_keras.prepare(params, inputs)
    from . import transformer_torch

    return transformer_torch.prepare(params, inputs, peer == "pytorch-compile")
