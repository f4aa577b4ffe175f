// Weights out of the files that Keras writes: HDF5, alone or in an archive. In the library isthmus::hdf5.
#pragma once

#include <isthmus/interchange/hdf5.hpp>
#include <isthmus/interchange/import.hpp>

#include <filesystem>

namespace isthmus::interchange {

/// Reads the weights of a model: as Keras 2 writes them (`layer_names`, and of each layer `weight_names`), in the
/// order of the layers, also out of a file of a whole model (`model_weights`); else every data set, by its path,
/// as Keras 3 has them (`layers/dense/vars/0`, with the layer's name beside it). What is beside the model's
/// weights in such a file is passed over: the optimizer's. Of integers there are no values, as in
/// read_safetensors_weights. Throws FileError that names what is missing, holds no numbers, or is listed twice.
ForeignWeights read_hdf5_weights(const std::filesystem::path& path, const Hdf5Isolation& isolation = {});

/// Reads a whole model as Keras 3 saves it, `.keras`: a ZIP archive of `model.weights.h5`, which is copied into
/// the folder for temporary files meanwhile, and of `config.json`, which has the layers' names where the other has
/// numbers alone. Throws FileError as read_hdf5_weights does, and if the archive has no such files or is damaged.
ForeignWeights read_keras_weights(const std::filesystem::path& path, const Hdf5Isolation& isolation = {});

}  // namespace isthmus::interchange
