// Weights out of the HDF5 files that Keras writes. In the library isthmus::hdf5.
#pragma once

#include <isthmus/interchange/hdf5.hpp>
#include <isthmus/interchange/import.hpp>

#include <filesystem>

namespace isthmus::interchange {

/// Reads the weights of a model: as Keras 2 writes them (`layer_names`, and of each layer `weight_names`), in the
/// order of the layers, also out of a file of a whole model (`model_weights`); else every data set, by its path,
/// as Keras 3 has them (`layers/dense/vars/0`, with the layer's name beside it). Throws FileError that names what
/// is missing, holds no numbers, or is listed twice.
ForeignWeights read_hdf5_weights(const std::filesystem::path& path, const Hdf5Isolation& isolation = {});

}  // namespace isthmus::interchange
