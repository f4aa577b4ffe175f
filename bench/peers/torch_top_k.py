"""The model graphs/top_k.hpp in PyTorch: a training step, in each of the forms that people write it in.

dense     the code is a row with zeros, and both products of the decoder are whole
bag       the decoder is an embedding bag, weighted by the values
gather    the rows of the decoder that are named, copied, and multiplied
csr       as gather, but gradients of both matrices are products of a sparse matrix (CSR) that is made for them
compiled  gather, by torch.compile
"""
import warnings

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, UNITS, KEPT, REVIVED, DEAD_AFTER = 768, 24576, 32, 512, 10_000_000
warnings.filterwarnings("ignore", message="Sparse")
FORMS = ("dense", "bag", "gather", "csr", "compiled")


def by_unit(columns, values):
    """[batch, k] of a sparse code → the transposed code, [units, batch], as a sparse matrix."""
    batch, kept = columns.shape
    flat = columns.flatten()
    order = flat.argsort()
    ends = torch.bincount(flat, minlength=UNITS).cumsum(0)
    return torch.sparse_csr_tensor(F.pad(ends, (1, 0)), order // kept, values.flatten()[order], (UNITS, batch))


class Encode(torch.autograd.Function):
    """x, weights [units, width] and bias → the largest values of each row, and their columns."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        values, columns = F.linear(x, weight, bias).topk(KEPT, sorted=False)
        ctx.save_for_backward(x, weight, columns)
        ctx.mark_non_differentiable(columns)
        return values, columns

    @staticmethod
    def backward(ctx, g, _):
        x, weight, columns = ctx.saved_tensors
        of_bias = torch.zeros(UNITS).index_add_(0, columns.flatten(), g.flatten())
        of_x = F.embedding_bag(columns, weight, per_sample_weights=g, mode="sum")
        return of_x, by_unit(columns, g) @ x, of_bias


class Decode(torch.autograd.Function):
    """Columns and values of a code, and weights [units, width] → the sum of the rows that are named."""

    @staticmethod
    def forward(ctx, columns, values, weight):
        ctx.save_for_backward(columns, values, weight)
        return F.embedding_bag(columns, weight, per_sample_weights=values, mode="sum")

    @staticmethod
    def backward(ctx, g):
        columns, values, weight = ctx.saved_tensors
        of_values = torch.bmm(weight[columns], g.unsqueeze(2)).squeeze(2)
        return None, of_values, by_unit(columns, values) @ g


def decode(form, columns, values, weight):
    if form == "dense":
        return torch.zeros(len(values), UNITS).scatter(1, columns, values) @ weight
    if form == "bag":
        return F.embedding_bag(columns, weight, per_sample_weights=values, mode="sum")
    if form == "csr":
        return Decode.apply(columns, values, weight)
    return torch.einsum("nk,nkd->nd", values, weight[columns])


def make_step(form, x):
    torch.manual_seed(1)
    decoder = nn.Parameter(F.normalize(torch.randn(UNITS, WIDTH)))
    encoder = nn.Parameter(decoder.detach().clone())
    encoder_bias, bias = nn.Parameter(torch.zeros(UNITS)), nn.Parameter(torch.zeros(WIDTH))
    idle = torch.zeros(UNITS)
    optimizer = torch.optim.Adam([encoder, encoder_bias, decoder, bias], lr=1e-4, eps=6.25e-10, fused=True)

    def loss_of(x, any_dead):
        # The activations themselves are needed for the dead units alone.
        if form == "csr" and not any_dead:
            values, columns = Encode.apply(x - bias, encoder, encoder_bias)
        else:
            activations = F.linear(x - bias, encoder, encoder_bias)
            values, columns = activations.topk(KEPT, sorted=False)
        y = decode(form, columns, values, decoder) + bias
        loss = F.mse_loss(y, x)
        if any_dead:
            of_dead, dead_columns = torch.where(idle > DEAD_AFTER, activations, -torch.inf).topk(REVIVED, sorted=False)
            estimate = decode(form, dead_columns, F.relu(of_dead), decoder)
            loss = loss + F.mse_loss(estimate, (x - y).detach()) / 32
        return loss, columns

    function = torch.compile(loss_of) if form == "compiled" else loss_of

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss, columns = function(x, bool((idle > DEAD_AFTER).any()))
        loss.backward()
        with torch.no_grad():
            decoder.grad.sub_((decoder.grad * decoder).sum(1, keepdim=True) * decoder)
            optimizer.step()
            decoder.div_(decoder.norm(dim=1, keepdim=True))
            idle.add_(len(x))
            idle[columns.flatten()] = 0
        return loss.item()

    return step
