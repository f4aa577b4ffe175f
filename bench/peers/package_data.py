"""Real series and volumes that Python packages carry, as .npy files for `isthmus train`.

usage: package_data.py series FOLDER   windows of 512 x 6 readings of acceleration: Daphnet, from the package aeon
       package_data.py volume FOLDER   blocks of 32 x 32 x 32 of a brain's image: MNI 152, from the package nilearn

It writes NAME_train.npy and NAME_test.npy, of other parts of the data. The labels in Daphnet's file are all 0, so that
for series there is series_spoiled.npy as well, the test windows of which every other one has one of its six sensors
replaced by that of another window, and series_labels.npy says which: what `isthmus score` should find. Needs numpy
and the package, which is installed by its name (pip install --no-deps aeon nilearn).
"""
import csv
import gzip
import importlib.util
import pathlib
import sys

import numpy as np


def folder_of(package):
    return pathlib.Path(importlib.util.find_spec(package).origin).parent


def series(to):
    path = folder_of("aeon") / "datasets/data/Daphnet_S06R02E0/S06R02E0.csv"
    with open(path) as file:
        rows = [[float(x) for x in row[1:7]] for row in list(csv.reader(file))[1:]]
    values = np.array(rows, np.float32)
    parts = {"train": values[: len(values) * 3 // 4], "test": values[len(values) * 3 // 4 :]}
    mean, spread = parts["train"].mean(0), parts["train"].std(0)
    windows = {}
    for name, part in parts.items():
        part = (part - mean) / spread
        windows[name] = np.stack([part[i : i + 512] for i in range(0, len(part) - 511, 4)])
        np.save(to / f"series_{name}.npy", windows[name])
    spoiled, random = windows["test"].copy(), np.random.default_rng(1)
    labels = np.arange(len(spoiled)) % 2
    for i in np.flatnonzero(labels):
        sensor = random.integers(6)
        spoiled[i, :, sensor] = windows["test"][random.integers(len(spoiled)), :, sensor]
    np.save(to / "series_spoiled.npy", spoiled)
    np.save(to / "series_labels.npy", labels.astype(np.uint8))


def volume(to):
    path = folder_of("nilearn") / "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
    data = gzip.decompress(path.read_bytes())
    extents = np.frombuffer(data, np.int16, 4, 40)[1:4]  # NIfTI-1: dim at byte 40, datatype at 70, vox_offset at 108
    kinds = {2: np.uint8, 4: np.int16, 8: np.int32, 16: np.float32, 64: np.float64}
    kind = kinds[int(np.frombuffer(data, np.int16, 1, 70)[0])]
    first = int(np.frombuffer(data, np.float32, 1, 108)[0])
    values = np.frombuffer(data, kind, int(np.prod(extents)), first).reshape(extents[::-1]).astype(np.float32)
    values /= values.max()

    def blocks(part, step):
        places = [range(0, size - 31, step) for size in part.shape]
        found = [part[z : z + 32, y : y + 32, x : x + 32] for z in places[0] for y in places[1] for x in places[2]]
        return np.stack([block for block in found if block.mean() > 0.1])[..., None]

    # The right half of the head is not trained on.
    middle = values.shape[2] // 2
    np.save(to / "volume_train.npy", blocks(values[:, :, :middle], 12))
    np.save(to / "volume_test.npy", blocks(values[:, :, middle:], 32))


if len(sys.argv) != 3 or sys.argv[1] not in ("series", "volume"):
    sys.exit(__doc__)
target = pathlib.Path(sys.argv[2])
target.mkdir(parents=True, exist_ok=True)
{"series": series, "volume": volume}[sys.argv[1]](target)
