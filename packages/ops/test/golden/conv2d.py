"""PyTorch's gradients of masked convolutions, filter * mask: of the images, and of the kept weights, some of which are
0. Images are [n, h, w, c] and filters [h, w, in, out], as Winnow has them. Writes conv2d.json beside this file.

    python conv2d.py        (torch)
"""
import json
import pathlib

import torch
import torch.nn.functional as F


def numbers(tensor):
    values = tensor.detach().flatten().tolist()
    return {"shape": list(tensor.shape), "values": [float(f"{x:.6g}") for x in values]}


def normal(*shape):
    """Of few digits, so that the file stays small."""
    return torch.round(torch.randn(*shape), decimals=2)


# images, filter, stride, padding, dilation, groups
CASES = {
    "3x3": ([17, 5, 5, 4], [3, 3, 4, 6], 1, 1, 1, 1),
    "3x3 with strides": ([16, 7, 6, 3], [3, 3, 3, 5], 2, 1, 1, 1),
    "1x1 with strides": ([9, 6, 6, 4], [1, 1, 4, 3], 2, 0, 1, 1),
    "5x5 dilated": ([3, 9, 9, 2], [5, 5, 2, 3], 1, 4, 2, 1),
    "3x3 in groups": ([18, 4, 5, 6], [3, 3, 3, 4], 1, 1, 1, 2),
    "7x7 with strides": ([4, 9, 9, 3], [7, 7, 3, 4], 2, 3, 1, 1),
}


def case(name, images, kernel, stride, padding, dilation, groups):
    x = normal(*images).requires_grad_()
    filter = normal(*kernel)
    mask = (torch.rand(kernel) < 0.3).float()
    # Half of the weights have just grown.
    filter = (filter * mask * (torch.rand(kernel) < 0.5)).requires_grad_()
    y = F.conv2d(x.permute(0, 3, 1, 2), (filter * mask).permute(3, 2, 0, 1), None, stride, padding, dilation, groups)
    y = y.permute(0, 2, 3, 1)
    dy = normal(*y.shape)
    dx, dfilter = torch.autograd.grad(y, [x, filter], dy)
    tensors = {"x": x, "filter": filter, "mask": mask, "dy": dy, "y": y, "dx": dx, "dfilter": dfilter}
    options = {"strides": stride, "pad": padding, "dilations": dilation, "groups": groups}
    return {"name": name, "options": options, **{key: numbers(value) for key, value in tensors.items()}}


torch.manual_seed(20)
out = {"torch": torch.__version__, "cases": [case(name, *given) for name, given in CASES.items()]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
