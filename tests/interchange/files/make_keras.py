"""Makes the .keras file beside it that is named after the version of Keras in use, and a ZIP archive of the same model as
legacy HDF5.

A variational autoencoder, 4-3-2-3-4, whose layer z_log_var was made, and is listed, before z_mean. Bias i of a layer is
the layer's number (hidden 1, z_log_var 2, z_mean 3, out 4), its kernel counts from ten times that. Keras does not
compress its archives; these are, to be small. Made with Keras 3.15 and 3.0.5 on JAX, and 2.15 on TensorFlow.
"""

import tempfile
import zipfile

import keras
import numpy
from keras import layers

pixels = keras.Input((4,), name="pixels")
hidden = layers.Dense(3, activation="relu")(pixels)
log_var = layers.Dense(2, name="z_log_var")(hidden)
mean = layers.Dense(2, name="z_mean")(hidden)
code = layers.Add(name="sum")([log_var, mean])
model = keras.Model(pixels, layers.Dense(4)(code), name="vae")
model.compile("sgd", "mse", metrics=["mae"])
model.fit(numpy.zeros((2, 4)), numpy.zeros((2, 4)), verbose=0)

number = 0
for layer in model.layers:
    weights = layer.get_weights()
    if not weights:
        continue
    number += 1
    kernel = 10.0 * number + numpy.arange(weights[0].size).reshape(weights[0].shape)
    layer.set_weights([kernel, numpy.full(weights[1].shape, float(number))])


def compressed(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry), zipfile.ZIP_DEFLATED, 9)


name = "keras_" + keras.__version__
with tempfile.TemporaryDirectory() as folder:
    model.save(folder + "/model.keras")
    compressed(folder + "/model.keras", name + ".keras")
    model.save(folder + "/legacy.h5")
    with zipfile.ZipFile(folder + "/legacy.zip", "w") as archive:
        archive.write(folder + "/legacy.h5", "legacy.h5")
    compressed(folder + "/legacy.zip", name + ".h5.zip")
