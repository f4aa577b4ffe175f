#include "matching.hpp"

#include <isthmus/error.hpp>
#include <isthmus/named_tensor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "import_operation.hpp"
#include "layer_order.hpp"
#include "safetensors_header.hpp"
#include "text.hpp"

namespace isthmus::interchange {
namespace {

struct OurLayer {
  std::string name;
  LayerKind kind = LayerKind::unknown;
  std::vector<std::size_t> parameters;  ///< those that have no tensor yet
};

TensorRole tensor_role_of(std::string_view part) {
  constexpr std::array<std::pair<std::string_view, TensorRole>, 6> words{{{"weight", TensorRole::weight},
                                                                          {"bias", TensorRole::bias},
                                                                          {"scale", TensorRole::scale},
                                                                          {"shift", TensorRole::shift},
                                                                          {"mean", TensorRole::mean},
                                                                          {"variance", TensorRole::variance}}};
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.first == part; });
  return found == words.end() ? TensorRole::unknown : found->second;
}

/// The names of layers that are transposed convolutions with weights of their own.
std::set<std::string> transposed_layers(GraphView graph) {
  std::set<std::string> names;
  for (const Node& node : graph) {
    const ImportOperation& operation = import_operation(node.op);
    if (operation.is_transposed_convolution &&
        same_text(graph[node.inputs[operation.weights]].label.layer, node.label.layer))
      names.insert(node.label.layer);
  }
  return names;
}

/// Whether Isthmus made the name for a layer without one, `layer07`: declare/layers.hpp. It is only a number.
bool is_automatic(const std::string& name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return name.size() == 7 && name.starts_with("layer") && is_digit(name[5]) && is_digit(name[6]);
}

/// Gives each parameter its tensor.
class Matching {
 public:
  Matching(GraphView graph, const ForeignWeights& weights, const ForeignSelection& selection, Layout layout)
      : weights_(weights),
        skipped_(selection.skipped),
        layout_(layout),
        transposed_(transposed_layers(graph)),
        order_(graph),
        free_(selection.tensors) {
    const std::vector<Placement> places = placements(graph, layout);
    for (int i = 0; i < graph.size; ++i) {
      const Node& node = graph[i];
      if (!is_parameter(node)) continue;
      const std::string part = node.label.part, layer = node.label.layer;
      const auto found =
          std::find_if(layers_.begin(), layers_.end(), [&](const OurLayer& l) { return l.name == layer; });
      OurLayer& its = found != layers_.end() ? *found : layers_.emplace_back(OurLayer{layer, {}, {}});
      its.parameters.push_back(parameters_.size());
      parameters_.push_back(
          {full_name(node.label), part, tensor_role_of(part), places[static_cast<std::size_t>(i)], i});
    }
  }

  void match(std::span<const NamePair> names) {
    std::set<std::string> named;
    std::vector<NamePair> of_layers;
    for (const NamePair& pair : names) {
      if (!named.insert(pair.first).second)
        throw Error(fmt::format("'{}': expected one name for it, found two", pair.first));
      if (!map_parameter(pair)) of_layers.push_back(pair);
    }
    require_layout();
    theirs_ = find_layers(weights_, free_, layout_, skipped_);
    if (!weights_.in_order)
      std::sort(theirs_.begin(), theirs_.end(),
                [](const ForeignLayer& a, const ForeignLayer& b) { return compare_names(a.name, b.name).before; });
    find_kinds();
    for (const NamePair& pair : of_layers) map_layer(pair);
    for (OurLayer& ours : layers_) match_by_name(ours);
    match_by_shape();
    require_nothing_left();
  }

  std::vector<MatchedParameter> take() { return std::move(parameters_); }

 private:
  using Shape = std::vector<std::int64_t>;

  const ForeignTensor& tensor(int number) const { return weights_.tensors[static_cast<std::size_t>(number)]; }
  std::string place_of(int number) const {
    const ForeignTensor& its = tensor(number);
    return tensor_place(its.name) + (its.layer.empty() ? "" : fmt::format(" of layer {}", in_quotes(its.layer)));
  }
  /// Whether a tensor has this name in the file, with or without the prefix.
  bool is_called(int number, const std::vector<std::string>& name) const {
    std::vector<std::string> full = parts_of(tensor(number).name);
    if (full == name) return true;
    full.erase(full.begin(), full.begin() + static_cast<std::ptrdiff_t>(std::min(skipped_, full.size())));
    return full == name;
  }

  /// Throws if names are of the other layout: the shape of square weights does not show that they are transposed.
  void require_layout() const {
    const bool torch = layout_ == Layout::torch;
    for (const int number : free_)
      if (tensor(number).shape.size() > 1 &&
          is_of_other_layout(parse_name(tensor(number).name, skipped_).part, layout_))
        throw FileError(weights_.file, place_of(number),
                        torch ? "a name of PyTorch's layout (weight)" : "a name of Keras' layout (kernel)",
                        torch ? "one of Keras'" : "one of PyTorch's");
  }

  /// Assigns a tensor if OURS is a parameter; false if it is none.
  bool map_parameter(const NamePair& pair) {
    for (OurLayer& layer : layers_)
      for (std::size_t k = 0; k < layer.parameters.size(); ++k) {
        MatchedParameter& ours = parameters_[layer.parameters[k]];
        if (ours.name != pair.first) continue;
        const std::vector<std::string> wanted = parts_of(pair.second);
        const auto found =
            std::find_if(free_.begin(), free_.end(), [&](int number) { return is_called(number, wanted); });
        if (found == free_.end()) throw none_called(pair, "a tensor");
        give(ours, *found);
        free_.erase(found);
        layer.parameters.erase(layer.parameters.begin() + static_cast<std::ptrdiff_t>(k));
        return true;
      }
    return false;
  }

  void map_layer(const NamePair& pair) {
    const auto ours =
        std::find_if(layers_.begin(), layers_.end(), [&](const OurLayer& l) { return l.name == pair.first; });
    if (ours == layers_.end()) {
      const std::string known = data::joined(layers_, ", ", [](const OurLayer& layer) { return layer.name; });
      throw Error(fmt::format("'{}': expected a layer of the graph ({}) or a parameter of one, found neither",
                              pair.first, known));
    }
    const std::vector<std::string> name = parts_of(pair.second);
    for (ForeignLayer& theirs : theirs_) {
      if (theirs.parts.empty()) continue;
      // The name is compared with the prefix or without it.
      const std::vector<std::string> full = parts_of(tensor(theirs.parts.front().tensor).name);
      const bool with_prefix =
          name.size() == skipped_ + theirs.name.size() &&
          std::equal(full.begin(), full.begin() + static_cast<std::ptrdiff_t>(skipped_), name.begin()) &&
          std::equal(theirs.name.rbegin(), theirs.name.rend(), name.rbegin());
      if (theirs.name == name || with_prefix) return match_layers(*ours, theirs);
    }
    for (ForeignLayer& theirs : theirs_)
      if (theirs.called == pair.second && !theirs.parts.empty()) return match_layers(*ours, theirs);
    throw none_called(pair, "a layer");
  }

  FileError none_called(const NamePair& pair, const char* what) const {
    return FileError(weights_.file, fmt::format("{}={}", pair.first, pair.second),
                     fmt::format("{} of that name, for nothing else", what), "none");
  }

  void find_kinds() {
    for (OurLayer& layer : layers_) {
      std::vector<TensorRole> roles;
      std::size_t rank = 0;
      for (const std::size_t i : layer.parameters) {
        roles.push_back(parameters_[i].role);
        if (parameters_[i].role == TensorRole::weight) rank = parameters_[i].placement.our_shape.size();
      }
      layer.kind = kind_of(roles, rank);
      if (layer.kind == LayerKind::convolution && transposed_.contains(layer.name))
        layer.kind = LayerKind::transposed_convolution;
    }
    // Unless the file's names say so of each of them, they are convolutions as all others.
    const auto is_transposed = [](const auto& layer) { return layer.kind == LayerKind::transposed_convolution; };
    if (std::count_if(layers_.begin(), layers_.end(), is_transposed) ==
        std::count_if(theirs_.begin(), theirs_.end(), is_transposed))
      return;
    for (OurLayer& layer : layers_)
      if (is_transposed(layer)) layer.kind = LayerKind::convolution;
    for (ForeignLayer& layer : theirs_)
      if (is_transposed(layer)) layer.kind = LayerKind::convolution;
  }

  void match_by_name(OurLayer& ours) {
    if (ours.parameters.empty() || is_automatic(ours.name)) return;
    // Our name may have dots itself.
    const std::vector<std::string> own = parse_name(ours.name + ".part").layer;
    std::vector<ForeignLayer*> found;
    for (ForeignLayer& theirs : theirs_) {
      const auto& name = theirs.name;
      if (theirs.parts.empty()) continue;
      if (name == own) return match_layers(ours, theirs);
      // If Keras numbers the layers of a container, their names are stored beside the numbers.
      const bool is_numbered = !theirs.called.empty() && name.size() > 1 && name[name.size() - 2] == "layers";
      const bool ends_so =
          !is_numbered && name.size() > own.size() && std::equal(own.rbegin(), own.rend(), name.rbegin());
      if (ends_so || theirs.called == ours.name) found.push_back(&theirs);
    }
    if (found.empty()) return;
    if (found.size() > 1)
      throw FileError(
          weights_.file, tensor_place(joined_name(found[0]->name)), fmt::format("one layer called {}", ours.name),
          fmt::format("also {}: say which with {}=NAME", tensor_place(joined_name(found[1]->name)), ours.name));
    match_layers(ours, *found[0]);
  }

  /// The tensors of one layer; all of them must fit.
  void match_layers(OurLayer& ours, ForeignLayer& theirs) {
    for (const std::size_t i : ours.parameters) {
      MatchedParameter& parameter = parameters_[i];
      const auto part = std::find_if(theirs.parts.begin(), theirs.parts.end(), [&](const ForeignPart& p) {
        return (p.role != TensorRole::unknown && p.role == parameter.role) || p.part == parameter.part;
      });
      if (part == theirs.parts.end())
        throw FileError(weights_.file, "layer " + in_quotes(joined_name(theirs.name)), wanted(parameter), "none");
      give(parameter, part->tensor);
      theirs.parts.erase(part);
    }
    ours.parameters.clear();
    if (!theirs.parts.empty()) throw unwanted(theirs, fmt::format("no such tensor for {}", ours.name));
  }

  void give(MatchedParameter& ours, int number) {
    const ForeignTensor& theirs = tensor(number);
    require_shape(ours, number);
    if (data::value_count(theirs.shape) != theirs.values.size())
      throw FileError(weights_.file, place_of(number), "floating-point numbers, one for each place of its shape",
                      fmt::format("values of type {}", theirs.type));
    ours.tensor = number;
  }

  static std::string wanted(const MatchedParameter& ours) {
    return fmt::format("shape {} for {}", data::shape_text(ours.placement.their_shape), ours.name);
  }
  FileError unwanted(const ForeignLayer& theirs, const std::string& expected) const {
    const int number = theirs.parts.front().tensor;
    return FileError(weights_.file, place_of(number), expected,
                     fmt::format("shape {}", data::shape_text(tensor(number).shape)));
  }

  /// The parameter whose shape tells layers of a kind apart.
  const MatchedParameter& main_one(const OurLayer& layer) const {
    const auto first =
        std::min_element(layer.parameters.begin(), layer.parameters.end(), [&](std::size_t a, std::size_t b) {
          return is_weight(parameters_[a].role) && !is_weight(parameters_[b].role);
        });
    return parameters_[*first];
  }
  int main_one(const ForeignLayer& layer) const {
    const auto weight = std::find_if(layer.parts.begin(), layer.parts.end(),
                                     [](const ForeignPart& part) { return is_weight(part.role); });
    return weight == layer.parts.end() ? layer.parts.front().tensor : weight->tensor;
  }
  static bool is_weight(TensorRole role) { return role == TensorRole::weight || role == TensorRole::scale; }

  /// Layers are matched by kind and shape if there is no name.
  using Class = std::pair<LayerKind, Shape>;

  /// The layers of one class: those of the graph, and equally many of the file.
  struct Candidates {
    std::vector<OurLayer*> ours;
    std::vector<ForeignLayer*> theirs;
  };

  void match_by_shape() {
    std::map<Class, Candidates> classes;
    for (OurLayer& layer : layers_)
      if (!layer.parameters.empty() && layer.kind != LayerKind::unknown)
        classes[{layer.kind, main_one(layer).placement.their_shape}].ours.push_back(&layer);
    for (ForeignLayer& layer : theirs_)
      if (!layer.parts.empty() && layer.kind != LayerKind::unknown)
        classes[{layer.kind, tensor(main_one(layer)).shape}].theirs.push_back(&layer);
    // If the numbers differ, it is unknown which layer is missing or superfluous.
    std::erase_if(classes, [](const auto& one) { return one.second.ours.size() != one.second.theirs.size(); });
    for (auto& [kind_and_shape, candidates] : classes) match_by_moment(candidates);
    require_decided(classes);
    for (auto& [kind_and_shape, candidates] : classes)
      for (std::size_t i = 0; i < candidates.ours.size(); ++i)
        match_layers(*candidates.ours[i], *candidates.theirs[i]);
  }

  /// Matches the layers that give a mean, or a variance, according to their names, if there is one on either side.
  void match_by_moment(Candidates& candidates) {
    if (candidates.ours.size() < 2) return;
    for (const Moment moment : {Moment::mean, Moment::spread}) {
      const auto only = [&](const auto& layers, const auto& its_moment) {
        const auto is_it = [&](const auto* layer) { return its_moment(*layer) == moment; };
        const auto found = std::find_if(layers.begin(), layers.end(), is_it);
        return std::count_if(layers.begin(), layers.end(), is_it) == 1 ? found : layers.end();
      };
      const auto ours = only(candidates.ours, [](const OurLayer& layer) { return moment_of({layer.name}, ""); });
      const auto theirs =
          only(candidates.theirs, [](const ForeignLayer& layer) { return moment_of(layer.name, layer.called); });
      if (ours == candidates.ours.end() || theirs == candidates.theirs.end()) continue;
      match_layers(**ours, **theirs);
      candidates.ours.erase(ours);
      candidates.theirs.erase(theirs);
    }
  }

  /// Throws unless the order says which is which in each class.
  void require_decided(const std::map<Class, Candidates>& classes) const {
    std::string place, why, names;
    for (const auto& [kind_and_shape, candidates] : classes) {
      const std::vector<ForeignLayer*>& theirs = candidates.theirs;
      const bool side_by_side = are_side_by_side(candidates.ours);
      // The index of the second of the first two layers that cannot be told apart; 0 if there are none.
      const std::size_t second = side_by_side ? 1 : weights_.in_order ? 0 : second_by_letters(theirs);
      if (second == 0) continue;
      if (place.empty()) {
        place =
            fmt::format("{} and {}", place_of(main_one(*theirs[second - 1])), place_of(main_one(*theirs[second])));
        why = side_by_side ? "layers that lie side by side, of which no order says which comes first"
                           : "names that no number puts in order";
      }
      for (const OurLayer* layer : candidates.ours)
        names += fmt::format("{}{}=NAME", names.empty() ? "" : ", ", layer->name);
    }
    if (names.empty()) return;
    throw FileError(weights_.file, place, fmt::format("to be told which is which ({})", names),
                    "the same shape, and " + why);
  }

  bool are_side_by_side(const std::vector<OurLayer*>& layers) const {
    for (std::size_t i = 0; i < layers.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (!order_.in_a_row(nodes_of(*layers[k]), nodes_of(*layers[i]))) return true;
    return false;
  }

  /// The first layer that only the alphabet puts behind the one before it; 0 if there is none.
  static std::size_t second_by_letters(const std::vector<ForeignLayer*>& layers) {
    for (std::size_t i = 1; i < layers.size(); ++i)
      if (compare_names(layers[i - 1]->name, layers[i]->name).by_letters) return i;
    return 0;
  }

  std::vector<int> nodes_of(const OurLayer& layer) const {
    std::vector<int> nodes;
    for (const std::size_t i : layer.parameters) nodes.push_back(parameters_[i].node);
    return nodes;
  }

  void require_nothing_left() const {
    std::vector<const OurLayer*> ours;
    std::vector<const ForeignLayer*> theirs;
    for (const OurLayer& layer : layers_)
      if (!layer.parameters.empty()) ours.push_back(&layer);
    for (const ForeignLayer& layer : theirs_)
      if (!layer.parts.empty()) theirs.push_back(&layer);
    // The remaining layers of one kind are assumed to correspond, in order.
    for (const OurLayer* wanting : ours) {
      const auto same_kind = [&](const ForeignLayer* layer) {
        return layer->kind == wanting->kind && layer->kind != LayerKind::unknown;
      };
      const auto next = std::find_if(theirs.begin(), theirs.end(), same_kind);
      if (next == theirs.end())
        throw FileError(weights_.file, "", fmt::format("a tensor of {}", wanted(main_one(*wanting))),
                        fmt::format("none for this layer{}", left_text(theirs)));
      require_shape(main_one(*wanting), main_one(**next));
      theirs.erase(next);
    }
    if (!theirs.empty()) throw unwanted(*theirs.front(), "only tensors that the graph has a layer for");
  }

  void require_shape(const MatchedParameter& ours, int number) const {
    const Shape& shape = tensor(number).shape;
    if (shape != ours.placement.their_shape)
      throw FileError(weights_.file, place_of(number), wanted(ours),
                      fmt::format("shape {}", data::shape_text(shape)));
  }

  /// The first unused layer of the file, for a message that helps the user to name it.
  std::string left_text(const std::vector<const ForeignLayer*>& left) const {
    return left.empty() ? "" : fmt::format("; {} is left over", place_of(main_one(*left.front())));
  }

  const ForeignWeights& weights_;
  std::size_t skipped_;
  Layout layout_;
  std::set<std::string> transposed_;
  LayerOrder order_;
  std::vector<MatchedParameter> parameters_;
  std::vector<OurLayer> layers_;
  std::vector<int> free_;
  std::vector<ForeignLayer> theirs_;
};

}  // namespace

std::vector<MatchedParameter> match(GraphView graph, const ForeignWeights& weights,
                                    const ForeignSelection& selection, Layout layout,
                                    std::span<const NamePair> names) {
  Matching matching(graph, weights, selection, layout);
  matching.match(names);
  return matching.take();
}

}  // namespace isthmus::interchange
