"""Makes the safetensors files beside it: one small model, whose weights PyTorch keeps in pieces.

Each file has the model's tensors below `net`, the weights that PyTorch computes with below `expected`, and a sample `x`
with what the model gives for it, `y`, both as [height, width, channels]. Made with PyTorch 2.15 and safetensors 0.8.
"""

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import utils
from torch.nn.utils import parametrizations, prune

layers = ("conv", "code", "dec", "up")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)
        self.code = nn.Linear(48, 2)
        self.dec = nn.Linear(2, 12)
        self.up = nn.ConvTranspose2d(3, 1, 2, stride=2)

    def forward(self, x):
        return self.up(self.dec(self.code(self.conv(x).flatten(1))).reshape(-1, 3, 2, 2))


def all_layers(change):
    net = Net()
    for name in layers:
        change(getattr(net, name))
    return net


def save(name, net):
    # A few steps, so that no piece is as it was made.
    optimizer = torch.optim.SGD(net.parameters(), 0.05)
    for _ in range(3):
        optimizer.zero_grad()
        (net(torch.rand(5, 2, 4, 4)) ** 2).mean().backward()
        optimizer.step()
    net.eval()
    x = torch.rand(1, 2, 4, 4)
    y = net(x)  # computes the weights as well
    tensors = {"net." + key: value for key, value in net.state_dict().items()}
    for layer in layers:
        tensors[f"expected.{layer}.weight"] = getattr(net, layer).weight
        tensors[f"expected.{layer}.bias"] = getattr(net, layer).bias
    tensors["x"] = x[0].permute(1, 2, 0)
    tensors["y"] = y[0].permute(1, 2, 0)
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()}, name + ".safetensors")


def weight_norm_dimensions():
    net = Net()
    utils.weight_norm(net.conv, dim=1)
    utils.weight_norm(net.code, dim=None)
    parametrizations.weight_norm(net.dec, dim=1)
    parametrizations.weight_norm(net.up, dim=2)
    return net


def pruned():
    net = all_layers(lambda layer: prune.l1_unstructured(layer, "weight", amount=0.4))
    prune.l1_unstructured(net.code, "bias", amount=1)
    return net


torch.manual_seed(1)
save("weight_norm", all_layers(utils.weight_norm))
save("weight_norm_parametrized", all_layers(parametrizations.weight_norm))
save("weight_norm_dimensions", weight_norm_dimensions())
save("spectral_norm", all_layers(utils.spectral_norm))
save("spectral_norm_parametrized", all_layers(parametrizations.spectral_norm))
save("pruned", pruned())
