"""A whole training step in PyTorch: forward, softmax cross-entropy, backward, SGD with momentum and weight decay."""
import numpy as np
import torch


class TorchStep:
    """`model` maps `batch` to logits; it may have a method `as_checked(bool)`, see below."""

    def __init__(self, model, batch, labels, training, compiled):
        self.model, self.batch, self.labels = model.train(), batch, labels
        self.checked_steps = training["checkedSteps"]
        decayed = [p for p in model.parameters() if p.dim() >= 2]
        others = [p for p in model.parameters() if p.dim() < 2]
        self.optimizer = torch.optim.SGD(
            [{"params": decayed, "weight_decay": training["weightDecay"]}, {"params": others, "weight_decay": 0}],
            lr=training["learningRate"],
            momentum=training["momentum"],
            fused=True,
        )

        def loss(batch, labels):
            return torch.nn.functional.cross_entropy(model(batch), labels)

        self.loss = torch.compile(loss) if compiled else loss

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.batch, self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def check(self):
        # The losses are compared under TensorFlow's padding; PyTorch is timed under its own, which it computes faster.
        set_checked = getattr(self.model, "as_checked", lambda _: None)
        set_checked(True)
        losses = np.array([self.step() for _ in range(self.checked_steps)], np.float32)
        set_checked(False)
        return losses

    def run(self):
        self.step()
