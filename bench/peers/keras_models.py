"""One measurement in Keras on JAX: the median time of a step, in milliseconds, on standard output.

usage: keras_models.py MODEL train|reconstruct BATCH THREADS SECONDS
       keras_models.py --version
"""
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if len(sys.argv) == 6:
    # XLA makes as many threads as there are processors for the process.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[4])])

import jax
import keras
import numpy as np
from keras import layers

if sys.argv[1:] == ["--version"]:
    print(f"Keras {keras.__version__} on JAX {jax.__version__}")
    sys.exit()
model_name, mode, batch, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[5])
keras.utils.set_random_seed(1)


def dense():
    return keras.Sequential([
        keras.Input((784,)), layers.Dense(512, "elu"), layers.Dense(128, "elu"), layers.Dense(10),
        layers.Dense(128, "elu"), layers.Dense(512, "elu"), layers.Dense(784, "sigmoid")])


def denoising():
    def conv(channels, activation="relu"):
        return layers.Conv2D(channels, 3, padding="same", activation=activation)

    return keras.Sequential([
        keras.Input((28, 28, 1)), conv(32), layers.MaxPooling2D(), conv(64), layers.MaxPooling2D(), conv(128),
        conv(128), layers.UpSampling2D(), conv(64), layers.UpSampling2D(), conv(1, "sigmoid")])


def timed(step, least):
    """Runs `step` for `seconds`, at least `least` times; the times that it took."""
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < least:
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return times


model = {"dense": dense, "denoising": denoising}[model_name]()
if mode == "train":
    model.compile(keras.optimizers.Adam(1e-3), "mean_squared_error", jit_compile=True)
    # The time of an epoch that lasts long enough for what fit() does around its steps not to count.
    data = np.random.default_rng(1).random((batch, *model.input_shape[1:]), np.float32)
    model.train_on_batch(data, data)
    one = min(timed(lambda: model.train_on_batch(data, data), 3))
    steps = max(1, min(1000, int(seconds / 4 / one)))
    epoch = np.concatenate([data] * steps)
    fit = dict(batch_size=batch, verbose=0, shuffle=False)
    model.fit(epoch, epoch, **fit)
    times = [taken / steps for taken in timed(lambda: model.fit(epoch, epoch, **fit), 3)]
else:
    data = jax.random.uniform(jax.random.key(1), (batch, *model.input_shape[1:]))
    trained, other = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
    reconstruct = jax.jit(lambda x: model.stateless_call(trained, other, x, training=False)[0])

    def step():
        reconstruct(data).block_until_ready()

    timed(step, 3)
    times = timed(step, 3)
print(sorted(times)[len(times) // 2] * 1e3)
