"""A plain copy of as many floats as an operation must at least read and write: its bound."""
import torch


class PlainCopy:
    def __init__(self, params):
        self.source = torch.ones(int(params["copied"]))
        self.target = torch.empty_like(self.source)

    def check(self):
        self.run()
        return self.target[:1].numpy()

    def run(self):
        self.target.copy_(self.source)
