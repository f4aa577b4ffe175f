"""The losses and the gradients of models of graphs/ in PyTorch, in double precision, for weights and a batch that
tests/models/agreement_test.cpp makes as well. It compares with what this prints, which is kept beside it:

usage: agreement.py [MODEL]... > tests/models/agreement.json

With names of models those alone.
"""
import json
import math
import sys

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
SHOWN = 48  # entries of a gradient that are kept, evenly spread


def numbers(name, count, scale, bend=0.0):
    """sin(seed + 0.7 i + bend i²) × scale, rounded to floats; the seed is a sum over the name's letters."""
    seed = sum((k + 1) * ord(c) for k, c in enumerate(name)) % 1000
    i = torch.arange(count)
    return (torch.sin(seed + 0.7 * i + bend * i * i) * scale).float().double()


def bent(name, count, scale):
    """Without a bend matrices have rank 2, and where two of them follow each other most of a gradient cancels."""
    return numbers(name, count, scale, 0.013)


def mixed(name, count, scale):
    """Uniform in [-2, 2) × scale, by the last step of MurmurHash3 of the place and the name's seed: where layers are
    many, smooth numbers cancel out, and what is left is their rounding."""
    h = torch.arange(count) + sum((k + 1) * ord(c) for k, c in enumerate(name)) % 1000 * 1000003
    mask = 0xFFFFFFFF
    h = h & mask
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    h = h ^ h >> 16
    return ((h.double() / 2**30 - 2) * scale).float().double()


class Weights:
    """Parameters by name, each in Isthmus' layout: dense [in, out], convolutions [height, width, in, out]."""

    def __init__(self, numbers=numbers):
        self.tensors = {}
        self.numbers = numbers

    def __call__(self, name, *shape, shift=0.0):
        fan_in = math.prod(shape[:-1]) or 1
        if name in self.tensors:
            return self.tensors[name]
        scale = 0.1 if len(shape) == 1 else 1 / math.sqrt(fan_in)
        values = self.numbers(name, math.prod(shape), scale) + shift
        self.tensors[name] = values.float().double().reshape(shape).requires_grad_()
        return self.tensors[name]

    def dense(self, x, name, out, bias=True, shift=0.0):
        y = x @ self(name + ".weight", x.shape[1], out)
        return y + self(name + ".bias", out, shift=shift) if bias else y

    def rows(self, x, name, out):
        """A dense layer of each row of a sequence."""
        return x @ self(name + ".weight", x.shape[2], out) + self(name + ".bias", out)

    def lstm(self, x, name, units):
        """The states of all steps. PyTorch's order of the gates is ours."""
        zero = torch.zeros(1, x.shape[0], units)
        weights = [self(name + ".weight", x.shape[2], 4 * units).T, self(name + ".recurrent_weight", units, 4 * units).T,
                   self(name + ".bias", 4 * units), torch.zeros(4 * units)]
        return torch._VF.lstm(x, (zero, zero), weights, True, 1, 0.0, True, False, True)[0]

    def gru(self, x, name, units, both=False):
        """In both directions, or in one. PyTorch's gates are r, z, n, ours z, r, n."""
        order = torch.cat([torch.arange(units) + gate * units for gate in (1, 0, 2)])
        weights = []
        for part in (".forward.", ".backward.") if both else (".",):
            shapes = (("weight", x.shape[2]), ("recurrent_weight", units), ("bias", None), ("recurrent_bias", None))
            for key, rows in shapes:
                values = self(name + part + key, *([] if rows is None else [rows]), 3 * units)
                weights.append(values[..., order].T if rows else values[order])
        zero = torch.zeros(2 if both else 1, x.shape[0], units)
        return torch._VF.gru(x, zero, weights, True, 1, 0.0, True, both, True)[0]

    def layer_norm(self, x, name, eps):
        return F.layer_norm(x, x.shape[2:], self(name + ".scale", x.shape[2], shift=1.0), self(name + ".shift", x.shape[2]), eps)

    def attention(self, x, name, heads, mask=None):
        """Of a sequence [samples, T, C]; `mask` [samples, T] is true where a position may be read."""
        def projected(y, part):
            return y @ self(f"{name}.{part}_weight", y.shape[2], x.shape[2]) + self(f"{name}.{part}_bias", x.shape[2])

        def by_head(y):
            return y.unflatten(2, (heads, -1)).transpose(1, 2)

        q, k, v = (by_head(projected(x, part)) for part in ("query", "key", "value"))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=None if mask is None else mask[:, None, None, :])
        return projected(mixed.transpose(1, 2).flatten(2), "output")

    def conv(self, x, name, out, size=3, stride=1):
        """Padded as TensorFlow does: of sizes and strides that leave as much before the image as behind it."""
        weight = self(name + ".weight", size, size, x.shape[1], out)
        padding = (size - stride + 1) // 2
        return F.conv2d(x, weight.permute(3, 2, 0, 1), self(name + ".bias", out), stride=stride, padding=padding)

    def conv_transpose(self, x, name, out, size, stride):
        weight = self(name + ".weight", size, size, out, x.shape[1])
        padding = (size - stride) // 2
        return F.conv_transpose2d(
            x, weight.permute(3, 2, 0, 1), self(name + ".bias", out), stride=stride, padding=padding)


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


def importance(w):
    samples = 5
    # Pictures of zeros and ones, which binarizing leaves as they are.
    x = (numbers("image", samples * 784, 1.0) > 0).double().reshape(samples, 784)
    h = torch.tanh(w.dense(torch.tanh(w.dense(x, "enc1", 200)), "enc2", 200))
    mu = w.dense(h, "mu", 50)
    log_var = w.dense(h, "log_var", 50, shift=-60.0)
    d = torch.tanh(w.dense(torch.tanh(w.dense(mu, "dec1", 200)), "dec2", 200))
    logit = w.dense(d, "dec3", 784)
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


def philox(counter, key):
    """Salmon et al. 2011, Philox4x32-10: what Isthmus draws its numbers from."""
    mask = 0xFFFFFFFF
    c, k = list(counter), list(key)
    for _ in range(10):
        low, high = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [high >> 32 ^ c[1] ^ k[0], high & mask, low >> 32 ^ c[3] ^ k[1], low & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


def stream_of(name):
    stream = 2166136261
    for letter in name.encode():
        stream = (stream ^ letter) * 16777619 & 0xFFFFFFFF
    return stream


def uniform(name, samples, columns, seed, step):
    """The draws of a tensor of this name, of up to 64 columns, as floats."""
    words = [[philox((c % 16, i, step, stream_of(name)), (seed, 0))[c // 16] for c in range(columns)]
             for i in range(samples)]
    return (torch.tensor(words) >> 8).float() / 2**24


def standard_normal(name, samples, columns, seed, step):
    """The draws of a tensor of this name, of up to 16 columns, by Box and Muller's method."""
    words = [[philox((j, i, step, stream_of(name)), (seed, 0)) for j in range(columns)] for i in range(samples)]
    u = torch.tensor([[[w >> 8 for w in place[:2]] for place in row] for row in words]).double() / 2**24
    return (-2 * torch.log(1 - u[..., 0])).sqrt() * torch.cos(2 * math.pi * u[..., 1])


RATE = 0.1  # of the turns: each one sees what those before it have changed


def adversarial(w):
    """Three turns on one batch, each by gradient descent: the loss and the gradients of each."""
    samples = 5
    x = 0.5 + numbers("image", samples * 784, 0.5).reshape(samples, 784)
    prior = standard_normal("loss.prior", samples, 8, seed=1, step=1)

    def encode():
        return w.dense(torch.relu(w.dense(torch.relu(w.dense(x, "enc1", 256)), "enc2", 256)), "code", 8)

    def decode(code):
        return w.dense(torch.relu(w.dense(torch.relu(w.dense(code, "dec1", 256)), "dec2", 256)), "dec3", 784)

    def critic(code):
        h = torch.relu(w.dense(torch.relu(w.dense(code, "critic1", 256)), "critic2", 256))
        return w.dense(h, "critic3", 1)

    turns = {
        "autoencode": (lambda: F.binary_cross_entropy_with_logits(decode(encode()), x), ("enc", "code", "dec")),
        "discriminate": (lambda: (F.softplus(-critic(prior)) + F.softplus(critic(encode()))).mean(), ("critic",)),
        "confuse": (lambda: F.softplus(-critic(encode())).mean(), ("enc", "code")),
    }
    losses, gradients = {}, {}
    for turn, (loss_of, layers) in turns.items():
        loss = loss_of()
        names = [name for name in w.tensors if name.startswith(layers)]
        found = torch.autograd.grad(loss, [w.tensors[name] for name in names])
        losses[turn] = loss.item()
        for name, gradient in zip(names, found):
            gradients[f"{name}.{turn}"] = summary(gradient)
            w.tensors[name] = (w.tensors[name].detach() - RATE * gradient).requires_grad_()
    return {"losses": losses, "gradients": gradients}


def filters(w, name, window, first, second):
    """Weights of any number of dimensions, as PyTorch has them: [first, second, window]."""
    weight = w(name + ".weight", *window, second, first)
    d = len(window)
    return weight.permute(d + 1, d, *range(d))


def series_windows(w):
    """Convolutions of series: strided, dilated, causal, and back to a size that no stride divides."""
    x = numbers("series", 4 * 23 * 3, 0.7).reshape(4, 23, 3).permute(0, 2, 1)
    h = torch.tanh(F.conv1d(F.pad(x, (1, 2)), filters(w, "enc1", [4], 5, 3), w("enc1.bias", 5), stride=2))
    h = torch.tanh(F.conv1d(F.pad(h, (4, 0)), filters(w, "enc2", [3], 7, 5), w("enc2.bias", 7), dilation=2))
    h = F.conv1d(h, filters(w, "code", [1], 2, 7), w("code.bias", 2))
    h = torch.tanh(F.conv1d(h, filters(w, "dec1", [3], 6, 2), w("dec1.bias", 6), dilation=3))
    h = F.interpolate(h, scale_factor=2)
    h = torch.cat([h, h[..., -1:]], -1)
    h = torch.tanh(F.conv1d(h, filters(w, "dec2", [2], 4, 6), w("dec2.bias", 4)))
    back = F.conv_transpose1d(h, filters(w, "dec3", [4], 4, 3), w("dec3.bias", 3), stride=2)
    return F.mse_loss(back[..., 1:24], x)


def volume_windows(w):
    """Convolutions of volumes with another stride, dilation and padding each way, pools and upsampling."""
    x = numbers("volume", 2 * 5 * 6 * 7 * 2, 0.7).reshape(2, 5, 6, 7, 2).permute(0, 4, 1, 2, 3)
    h = F.conv3d(F.pad(x, (1, 1, 0, 1, 0, 1)), filters(w, "enc1", [2, 3, 3], 4, 2), w("enc1.bias", 4), stride=(1, 2, 2))
    h = F.max_pool3d(F.pad(torch.tanh(h), (0, 0, 0, 1, 0, 1), value=-math.inf), 2)
    h = F.conv3d(h, filters(w, "code", [1, 1, 1], 3, 4), w("code.bias", 3))
    h = F.interpolate(h, scale_factor=2)[:, :, :5, :3, :]
    h = torch.tanh(F.conv3d(F.pad(h, (1, 1, 1, 1, 2, 2)), filters(w, "dec1", [3, 3, 3], 4, 3), w("dec1.bias", 4),
                            dilation=(2, 1, 1)))
    back = F.conv_transpose3d(h, filters(w, "dec2", [2, 3, 3], 4, 2), w("dec2.bias", 2), stride=(1, 2, 2))
    return F.mse_loss(back[:, :, :5, :6, 1:8], x)


def grouped_windows(w):
    """Convolutions in groups: each channel by itself, several, and more results than channels."""
    x = numbers("image", 3 * 7 * 6 * 4, 0.7).reshape(3, 7, 6, 4).permute(0, 3, 1, 2)

    def conv(x, name, out, window, groups=1, **more):
        weight = filters(w, name, window, out, x.shape[1] // groups)
        return F.conv2d(x, weight, w(name + ".bias", out), groups=groups, **more)

    def back(x, name, out, groups, **more):
        weight = filters(w, name, [3, 3], x.shape[1], out // groups)
        return F.conv_transpose2d(x, weight, w(name + ".bias", out), groups=groups, **more)

    h = torch.tanh(conv(x, "enc1", 4, [3, 3], 4, padding=1))
    h = torch.tanh(conv(h, "enc2", 18, [1, 1]))
    h = torch.tanh(conv(F.pad(h, (0, 0, 1, 1)), "enc3", 36, [3, 2], 6, stride=2))
    h = conv(h, "code", 4, [1, 1])
    h = torch.tanh(conv(h, "dec1", 20, [3, 3], 4, padding=2, dilation=2))
    h = torch.tanh(back(h, "dec2", 8, 2, stride=2)[:, :, 1:8, :6])
    h = torch.tanh(back(h, "dec3", 8, 8, padding=1))
    return F.mse_loss(conv(h, "out", 4, [1, 1]), x)


def vector_quantized(w, averaged=True):
    # Of these no vector is as near to two of the codebook's that rounding would matter.
    x = 0.5 + numbers("drawing", 784, 0.5).reshape(1, 1, 28, 28)
    h = torch.relu(w.conv(x, "enc1", 32, size=4, stride=2))
    h = torch.relu(w.conv(h, "enc2", 64, size=4, stride=2))
    h = torch.relu(w.conv(h, "enc3", 64))
    z = w.conv(h, "z", 32, size=1).permute(0, 2, 3, 1)
    codebook = w("codebook.weight", 128, 32)
    distances = (z.detach().unsqueeze(-2) - codebook.detach()).square().sum(-1)
    e = codebook[distances.argmin(-1)]
    quantized = (z + (e - z).detach()).permute(0, 3, 1, 2)
    h = torch.relu(w.conv(quantized, "dec1", 64))
    h = torch.relu(w.conv_transpose(h, "dec2", 32, size=4, stride=2))
    y = torch.sigmoid(w.conv_transpose(h, "dec3", 1, size=4, stride=2))
    loss = F.mse_loss(y, x) + 0.25 * F.mse_loss(z, e.detach())
    if averaged:
        del w.tensors["codebook.weight"]  # has no gradient
        return loss
    return loss + F.mse_loss(e, z.detach())


def vector_quantized_by_gradients(w):
    return vector_quantized(w, averaged=False)


def top_k(w):
    """graphs/top_k.hpp, small: every third unit is dead."""
    samples, width, units, kept, revived = 40, 96, 768, 8, 32
    x = mixed("activations", samples * width, 0.5).reshape(samples, width)
    bias = w("pre.bias", width)
    pre = w.dense(x - bias, "enc", units)
    values, columns = pre.topk(kept)
    decoder = F.normalize(w("dec.weight", units, width))

    def decode(values, columns):
        return torch.zeros_like(pre).scatter(1, columns, values) @ decoder

    y = decode(values, columns) + bias
    dead = torch.arange(units) % 3 == 0
    values, columns = torch.where(dead, pre, -math.inf).topk(revived)
    error = (x - y).detach()
    return F.mse_loss(y, x) + F.mse_loss(decode(torch.relu(values), columns), error) / 32


def recurrent(w):
    samples = 5
    x = numbers("series", samples * 24, 2).reshape(samples, 24, 1)
    code = w.dense(w.lstm(x, "enc", 64)[:, -1], "code", 4)
    y = w.rows(w.lstm(code.unsqueeze(1).expand(-1, 24, -1), "dec", 64), "out", 1)
    return F.mse_loss(y, x)


def gated(w):
    samples = 5
    x = numbers("series", samples * 24, 2).reshape(samples, 24, 1)
    code = w.dense(w.gru(x, "enc", 24)[:, -1], "code", 4)
    states = w.gru(code.unsqueeze(1).expand(-1, 24, -1), "dec", 17, both=True)
    return F.mse_loss(w.rows(w.gru(states.flip(1), "back", 9).flip(1), "out", 1), x)


def masked_patches(w):
    samples = 3
    x = 0.5 + numbers("image", samples * 784, 0.5).reshape(samples, 784)
    # 49 patches of 4 × 4 pixels, row by row.
    patches = x.reshape(samples, 7, 4, 7, 4).transpose(2, 3).reshape(samples, 49, 16)
    largest = (uniform("mask.noise", samples, 49, seed=1, step=1) + 1).argsort(descending=True, stable=True)[:, :16]
    seen = torch.zeros(samples, 49, dtype=torch.bool).scatter_(1, largest, True)

    def feed_forward(h, norm, up, down):
        return h + w.rows(F.gelu(w.rows(w.layer_norm(h, norm, 1e-6), up, 128)), down, 64)

    h = w.rows(patches, "embedding", 64) + w("place.weight", 49, 64)
    h = h + w.attention(w.layer_norm(h, "enc_norm1", 1e-6), "enc_attention", 4, seen)
    h = feed_forward(h, "enc_norm2", "enc_up", "enc_down")
    code = torch.where(seen[:, :, None], w.rows(h, "code", 4), w("token.weight", 4))
    h = w.rows(code, "dec_embedding", 64) + w("dec_place.weight", 49, 64)
    h = h + w.attention(w.layer_norm(h, "dec_norm1", 1e-6), "dec_attention", 4)
    h = feed_forward(h, "dec_norm2", "dec_up", "dec_down")
    return F.mse_loss(torch.sigmoid(w.rows(h, "pixels", 16)), patches)


def summary(gradient):
    flat = gradient.flatten()
    count = min(SHOWN, flat.numel())
    shown = [flat[k * flat.numel() // count].item() for k in range(count)]
    return {"largest": flat.abs().max().item(), "norm": flat.norm().item(), "sum": flat.sum().item(), "shown": shown}


found = {"by": f"PyTorch {torch.__version__}"}
wanted = sys.argv[1:]
models = [(model, Weights()) for model in (conditional, paired, vector_quantized, vector_quantized_by_gradients, series_windows,
                                          volume_windows, grouped_windows)]
models += [(model, Weights(bent)) for model in (importance, inpainting, recurrent, gated)]
models += [(top_k, Weights(mixed)), (masked_patches, Weights(mixed))]
for model, weights in models:
    if wanted and model.__name__ not in wanted:
        continue
    loss = model(weights)
    loss.backward()
    found[model.__name__] = {
        "loss": loss.item(),
        "gradients": {name: summary(tensor.grad) for name, tensor in weights.tensors.items()},
    }
if not wanted or "adversarial" in wanted:
    found["adversarial"] = adversarial(Weights(mixed))
json.dump(found, sys.stdout, indent=1)
print()
