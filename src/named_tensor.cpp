#include <isthmus/error.hpp>
#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

#include <algorithm>

#include "text.hpp"

namespace isthmus {
namespace {

/// `enc1` of `enc1.weight`.
std::string layer_of(const std::string& parameter) { return parameter.substr(0, parameter.rfind('.')); }

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string full_name(const Label& label) {
  std::string name = label.layer;
  for (const char* const part : {label.part, label.moment, label.turn})
    if (*part != 0) name.append(".").append(part);
  return name;
}

const NamedTensor* find_in_use(const std::vector<NamedTensor>& tensors, const std::string& name) {
  const NamedTensor* itself = nullptr;
  const NamedTensor* average = nullptr;
  const std::string of_average = name + "." + average_moment;
  for (const NamedTensor& tensor : tensors) {
    if (tensor.name == name) itself = &tensor;
    // Behind it may be the name of what it belongs to; the last one has seen all that became of the parameter.
    if (tensor.name == of_average || tensor.name.starts_with(of_average + ".")) average = &tensor;
  }
  return average != nullptr ? average : itself;
}

TakenWeights take_weights(std::vector<NamedTensor>& parameters, const std::vector<NamedTensor>& from,
                          const std::string& source, const std::vector<std::string>& layers) {
  TakenWeights weights;
  std::vector<const NamedTensor*> found;
  for (const NamedTensor& parameter : parameters) {
    const bool is_wanted = layers.empty() || contains(layers, layer_of(parameter.name));
    found.push_back(is_wanted ? find_in_use(from, parameter.name) : nullptr);
    if (found.back() != nullptr && found.back()->shape != parameter.shape)
      throw ShapeError(source + ": tensor \"" + found.back()->name + "\": expected shape " +
                       shape_text(parameter.shape) + ", found " + shape_text(found.back()->shape));
    (found.back() != nullptr ? weights.taken : weights.left).push_back(parameter.name);
  }
  for (const std::string& layer : layers) {
    const auto is_of = [&](const std::string& name) { return layer_of(name) == layer; };
    if (std::any_of(weights.taken.begin(), weights.taken.end(), is_of)) continue;
    const bool is_known = std::any_of(weights.left.begin(), weights.left.end(), is_of);
    throw ShapeError(source + ": layer \"" + layer +
                     "\": expected one with parameters in both models, found none in " +
                     (is_known ? "this file" : "the model that is trained"));
  }
  if (weights.taken.empty())
    throw ShapeError(source + ": expected a parameter of the model, found none of their names");
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (found[i] != nullptr) parameters[i].values = found[i]->values;
  return weights;
}

}  // namespace isthmus
