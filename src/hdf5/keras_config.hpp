// The names of the layers of a Keras model, as the configuration beside its weights has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// A model or a layer, with the layers that it holds. Only Keras' own containers (Sequential, Functional) list
/// theirs; of a model that is a class of the user's the configuration says nothing, and its paths are the names of
/// the attributes.
struct KerasLayer {
  std::string key = {};                 ///< its name in paths: `dense_1`, the second Dense of a container
  std::string name = {};                ///< its name in the configuration: `z_mean`
  std::vector<KerasLayer> layers = {};  ///< by their keys
};

/// Throws FileError, naming `file`, if `text` is no JSON.
KerasLayer parse_keras_config(std::string_view text, const std::string& file);

/// The name of the layer whose weights lie at `path`, `layers/sequential/layers/dense_1`; empty if the model has
/// none.
std::string name_at(const KerasLayer& model, std::string_view path);

}  // namespace isthmus::interchange
