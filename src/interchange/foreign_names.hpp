// The meaning of other programs' names of tensors: their layer, their role in it, and the order of the layers.
#pragma once

#include <isthmus/interchange/import.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// The role of a tensor in its layer.
enum class TensorRole { weight, bias, scale, shift, mean, variance, unknown };

enum class LayerKind { dense, convolution, transposed_convolution, batch_norm, bias_alone, unknown };

/// A tensor's name in its parts. `.` and `/` are the same, `:0` at the end is nothing.
struct ForeignName {
  std::vector<std::string> layer;  ///< {"encoder", "0"} of `encoder.0.weight`; {"b1"} of `b1`, which has no part
  std::string part;                ///< `weight`; of `layers/dense/vars/0`: `0`
};

/// The parts between the separators, without those that are not of the model: `_orig_mod` of torch.compile,
/// `.ATTRIBUTES/VARIABLE_VALUE` of TensorFlow.
std::vector<std::string> parts_of(std::string_view name);

/// The name without its first `skipped` parts.
ForeignName parse_name(std::string_view name, std::size_t skipped = 0);

/// The parts with `.` between them.
std::string joined_name(const std::vector<std::string>& parts);

/// Whether the parts of a name show that no model here uses the tensor: a counter, a metric, the state of
/// an optimizer or of random numbers.
bool is_passed_over(const std::vector<std::string>& parts);

/// A tensor of a layer.
struct ForeignPart {
  std::string part;
  int tensor = 0;  ///< its number in the file
  TensorRole role = TensorRole::unknown;
};

struct ForeignLayer {
  std::vector<std::string> name;
  std::string called;  ///< its name in the file beside the tensors' names
  std::vector<ForeignPart> parts;
  LayerKind kind = LayerKind::unknown;
};

/// The kind of a layer that has tensors of these roles, the weights of this rank.
LayerKind kind_of(const std::vector<TensorRole>& roles, std::size_t weight_rank);

/// The tensors of these numbers as layers, in the order of the first tensor of each, with roles and kinds. The
/// first `skipped` parts of their names are no part of the layers'.
std::vector<ForeignLayer> find_layers(const ForeignWeights& weights, const std::vector<int>& tensors,
                                      Layout layout, std::size_t skipped);

/// The parameter of a distribution that a layer gives, according to its name.
enum class Moment { none, mean, spread };

/// The moment that a layer gives, from the name that the file states beside the tensors' names, else from the last
/// part of the layer's name that tells it: a mean (`mu`, `fc_mean`, `z_loc`), or a variance or deviation
/// (`fcLogVar`, `z_log_sigma`).
Moment moment_of(const std::vector<std::string>& layer, const std::string& called);

/// Whether a layer of that name gives a deviation, not a variance (`log_sigma`, but not `log_sigma_sq`).
bool is_called_deviation(const std::vector<std::string>& layer, const std::string& called);

/// Whether a tensor has a name that only the other layout uses for tensors of a layer: `kernel` is Keras', and
/// `weight` PyTorch's.
bool is_of_other_layout(std::string_view part, Layout layout);

/// The order of two layers according to their names.
struct NameOrder {
  bool before = false;      ///< the first one does
  bool by_letters = false;  ///< only the alphabet says so
};
NameOrder compare_names(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace isthmus::interchange
