// The names of the layers of a Keras model, as the configuration beside its weights has them.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace isthmus::interchange {

/// What each layer is called, by the path of its weights: `layers/dense_1` → `z_mean`. Only Keras' own containers of
/// layers have such paths (Sequential, Functional); of a model that is a class of the user's, the configuration says
/// nothing, and its paths are the names of the attributes. Throws FileError, naming `file`, if `text` is no JSON.
std::map<std::string, std::string> keras_layer_names(std::string_view text, const std::string& file);

}  // namespace isthmus::interchange
