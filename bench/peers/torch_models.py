"""One measurement in PyTorch: the median time of a step, in milliseconds, on standard output.

usage: torch_models.py MODEL train|reconstruct BATCH THREADS SECONDS
       MODEL is dense, denoising, series, volume, or top_k, which is trained only. The fastest of its forms, of which
       a compiled one is always one, counts.
       torch_models.py --version
"""
import sys
import time

import torch
from torch import nn

if sys.argv[1:] == ["--version"]:
    print(f"PyTorch {torch.__version__}")
    sys.exit()
model_name, mode, batch, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
torch.set_num_threads(threads)
torch.manual_seed(1)


def dense():
    sizes = [784, 512, 128, 10, 128, 512, 784]
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(a, b))
        if i == 5:
            layers.append(nn.Sigmoid())
        elif i != 2:
            layers.append(nn.ELU())
    return nn.Sequential(*layers), torch.rand(batch, 784)


def denoising():
    def conv(a, b):
        return nn.Conv2d(a, b, 3, padding=1)

    model = nn.Sequential(
        conv(1, 32), nn.ReLU(), nn.MaxPool2d(2), conv(32, 64), nn.ReLU(), nn.MaxPool2d(2), conv(64, 128), nn.ReLU(),
        conv(128, 128), nn.ReLU(), nn.Upsample(scale_factor=2), conv(128, 64), nn.ReLU(), nn.Upsample(scale_factor=2),
        conv(64, 1), nn.Sigmoid())
    # The format in which PyTorch's convolutions are fastest on a CPU.
    return model.to(memory_format=torch.channels_last), torch.rand(batch, 1, 28, 28).to(memory_format=torch.channels_last)


def windows(conv, pool, data, channels, sizes, format):
    """graphs/series.hpp and graphs/volume.hpp: three stages down and three up, and the code between them."""
    def layer(a, b, size):
        return conv(a, b, size, padding=size // 2)

    down, up = [], []
    for a, b, size in zip(channels, channels[1:], sizes):
        down += [layer(a, b, size), nn.ReLU(), pool(2)]
    for b, a, size in zip([8, *reversed(channels[2:])], reversed(channels[1:]), reversed(sizes)):
        up += [layer(b, a, size), nn.ReLU(), nn.Upsample(scale_factor=2)]
    model = nn.Sequential(*down, layer(channels[-1], 8, 1), *up, layer(channels[1], channels[0], sizes[0]))
    return (model.to(memory_format=format), data.to(memory_format=format)) if format else (model, data)


def series():
    return windows(nn.Conv1d, nn.MaxPool1d, torch.rand(batch, 6, 512), [6, 32, 64, 128], [7, 5, 3], None)


def volume():
    return windows(nn.Conv3d, nn.MaxPool3d, torch.rand(batch, 1, 32, 32, 32), [1, 16, 32, 64], [3, 3, 3],
                   torch.channels_last_3d)


MODELS = {"dense": dense, "denoising": denoising, "series": series, "volume": volume}


def times_of(step, seconds):
    """The times of its calls for so long, at least one."""
    times = []
    start = time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return sorted(times)


def step_of(name, mode, compiled):
    """A step as it is written, or compiled."""
    model, data = MODELS[name]()
    call = torch.compile(model) if compiled else model
    if mode != "train":
        model.eval()

        def use():
            with torch.inference_mode():
                return call(data)

        return use
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)
    loss_function = nn.MSELoss()

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(call(data), data)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def steps_of(name, mode):
    """A maker of the step for each form in which the model can be written. All have a fused Adam."""
    if name == "top_k":
        import torch_top_k

        data = torch.randn(batch, torch_top_k.WIDTH)
        return {form: lambda form=form: torch_top_k.make_step(form, data) for form in torch_top_k.FORMS}
    return {"eager": lambda: step_of(name, mode, False), "compiled": lambda: step_of(name, mode, True)}


def fastest(makers):
    """The fastest of these steps."""
    steps = {}
    for form, make in makers.items():
        try:
            step = make()
            times_of(step, 0)
            steps[form] = step, times_of(step, min(2.0, seconds))[0]
            print(f"{form}: {steps[form][1] * 1e3:.1f} ms", file=sys.stderr)
        except RuntimeError as error:  # There is no compiler.
            print(f"{form}: {str(error).splitlines()[0]}", file=sys.stderr)
    return min(steps.values(), key=lambda one: one[1])[0]


step = fastest(steps_of(model_name, mode))
times_of(step, min(1.0, seconds))
times = times_of(step, seconds)
print(times[len(times) // 2] * 1e3)
