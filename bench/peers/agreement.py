"""The loss and the gradients of models of graphs/ in PyTorch, in double precision, for weights and a batch that
tests/models/agreement_test.cpp makes as well. It compares with what this prints, which is kept beside it:

usage: agreement.py > tests/models/agreement.json
"""
import json
import math
import sys

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
SHOWN = 48  # entries of a gradient that are kept, evenly spread


def numbers(name, count, scale):
    """sin(seed + 0.7 i) × scale, rounded to floats; the seed is a sum over the name's letters."""
    seed = sum((k + 1) * ord(c) for k, c in enumerate(name)) % 1000
    i = torch.arange(count)
    return (torch.sin(seed + 0.7 * i) * scale).float().double()


class Weights:
    """Parameters by name, each in Isthmus' layout: dense [in, out], convolutions [height, width, in, out]."""

    def __init__(self):
        self.tensors = {}

    def __call__(self, name, *shape, shift=0.0):
        fan_in = math.prod(shape[:-1]) or 1
        scale = 0.1 if len(shape) == 1 else 1 / math.sqrt(fan_in)
        values = numbers(name, math.prod(shape), scale) + shift
        self.tensors[name] = values.float().double().reshape(shape).requires_grad_()
        return self.tensors[name]

    def dense(self, x, name, out, bias=True, shift=0.0):
        y = x @ self(name + ".weight", x.shape[1], out)
        return y + self(name + ".bias", out, shift=shift) if bias else y

    def conv(self, x, name, out):
        weight = self(name + ".weight", 3, 3, x.shape[1], out)
        return F.conv2d(x, weight.permute(3, 2, 0, 1), self(name + ".bias", out), padding=1)


def conditional(w):
    samples = 5
    x = 0.5 + numbers("image", samples * 784, 0.5).reshape(samples, 784)
    label = F.one_hot(torch.arange(samples) * 3 % 10, 10).double()
    h = torch.relu(w.dense(x, "enc1", 400) + w.dense(label, "enc1_label", 400, bias=False))
    mu = w.dense(h, "mu", 20)
    # A deviation of exp(-30): the noise that is drawn for the code is nothing beside it.
    log_var = w.dense(h, "log_var", 20, shift=-60.0)
    d = torch.relu(w.dense(mu, "dec1", 400) + w.dense(label, "dec1_label", 400, bias=False))
    logit = w.dense(d, "dec2", 784)
    likelihood = F.binary_cross_entropy_with_logits(logit, x, reduction="sum") / samples
    return likelihood + 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum() / samples


def paired(w):
    samples = 2
    noisy = 0.5 + numbers("noisy", samples * 784, 0.5).reshape(samples, 1, 28, 28)
    clean = 0.5 + numbers("clean", samples * 784, 0.5).reshape(samples, 1, 28, 28)
    h = F.max_pool2d(torch.relu(w.conv(noisy, "enc1", 32)), 2)
    h = F.max_pool2d(torch.relu(w.conv(h, "enc2", 64)), 2)
    h = torch.relu(w.conv(h, "code", 128))
    h = F.interpolate(torch.relu(w.conv(h, "dec1", 128)), scale_factor=2)
    h = F.interpolate(torch.relu(w.conv(h, "dec2", 64)), scale_factor=2)
    return F.mse_loss(torch.sigmoid(w.conv(h, "dec3", 1)), clean)


def inpainting(w):
    samples = 3
    x = 0.5 + numbers("image", samples * 784, 0.5).reshape(samples, 784)
    present = (torch.arange(samples * 784) % 7 > 1).reshape(samples, 784)
    seen = torch.cat([torch.where(present, x, torch.zeros(())), present.double()], 1)
    h = torch.relu(w.dense(torch.relu(w.dense(seen, "enc1", 512)), "enc2", 256))
    code = w.dense(h, "code", 32)
    d = torch.relu(w.dense(torch.relu(w.dense(code, "dec1", 256)), "dec2", 512))
    return F.binary_cross_entropy_with_logits(w.dense(d, "dec3", 784)[present], x[present])


def summary(gradient):
    flat = gradient.flatten()
    count = min(SHOWN, flat.numel())
    shown = [flat[k * flat.numel() // count].item() for k in range(count)]
    return {"largest": flat.abs().max().item(), "norm": flat.norm().item(), "sum": flat.sum().item(), "shown": shown}


found = {"by": f"PyTorch {torch.__version__}"}
for model in (conditional, paired, inpainting):
    weights = Weights()
    loss = model(weights)
    loss.backward()
    found[model.__name__] = {
        "loss": loss.item(),
        "gradients": {name: summary(tensor.grad) for name, tensor in weights.tensors.items()},
    }
json.dump(found, sys.stdout, indent=1)
print()
