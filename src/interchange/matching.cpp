#include "matching.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "safetensors_header.hpp"
#include "text.hpp"

namespace isthmus::interchange {
namespace {

struct OurLayer {
  std::string name;
  LayerKind kind = LayerKind::unknown;
  std::vector<std::size_t> parameters;  ///< those that have no tensor yet
};

TensorRole role_of(std::string_view part) {
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
  for (const Node& node : graph)
    if (node.op == Op::conv2d_transpose && same_text(graph[node.inputs[1]].label.layer, node.label.layer))
      names.insert(node.label.layer);
  return names;
}

/// Gives each parameter its tensor.
class Matching {
 public:
  Matching(GraphView graph, const ForeignWeights& weights, Layout layout)
      : weights_(weights), layout_(layout), transposed_(transposed_layers(graph)) {
    const std::vector<Placement> places = placements(graph, layout);
    for (int i = 0; i < graph.size; ++i) {
      const Node& node = graph[i];
      if (node.op != Op::parameter) continue;
      const std::string part = node.label.part, layer = node.label.layer;
      const auto found =
          std::find_if(layers_.begin(), layers_.end(), [&](const OurLayer& l) { return l.name == layer; });
      OurLayer& its = found != layers_.end() ? *found : layers_.emplace_back(OurLayer{layer, {}, {}});
      its.parameters.push_back(parameters_.size());
      parameters_.push_back({full_name(node.label), part, role_of(part), places[static_cast<std::size_t>(i)], -1});
    }
    for (std::size_t i = 0; i < weights.tensors.size(); ++i) {
      if (is_passed_over(parse_name(weights.tensors[i].name)))
        passed_over_.push_back(weights.tensors[i].name);
      else
        free_.push_back(static_cast<int>(i));
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
    theirs_ = find_layers(weights_, free_, layout_);
    if (!weights_.in_order)
      std::sort(theirs_.begin(), theirs_.end(),
                [](const ForeignLayer& a, const ForeignLayer& b) { return compare_names(a.name, b.name).before; });
    find_kinds();
    for (const NamePair& pair : of_layers) map_layer(pair);
    for (OurLayer& ours : layers_) match_by_name(ours);
    match_in_order();
    require_nothing_left();
  }

  Matched take() { return {std::move(parameters_), std::move(passed_over_)}; }

 private:
  using Shape = std::vector<std::int64_t>;

  const ForeignTensor& tensor(int number) const { return weights_.tensors[static_cast<std::size_t>(number)]; }
  std::string place_of(int number) const { return tensor_place(tensor(number).name); }

  /// Whether OURS is a parameter: then it has its tensor.
  bool map_parameter(const NamePair& pair) {
    for (OurLayer& layer : layers_)
      for (std::size_t k = 0; k < layer.parameters.size(); ++k) {
        MatchedParameter& ours = parameters_[layer.parameters[k]];
        if (ours.name != pair.first) continue;
        const auto wanted = full(parse_name(pair.second));
        const auto found = std::find_if(free_.begin(), free_.end(), [&](int number) {
          return full(parse_name(tensor(number).name)) == wanted;
        });
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
    ForeignName name = parse_name(pair.second);
    if (!name.part.empty()) name.layer.push_back(std::move(name.part));
    for (ForeignLayer& theirs : theirs_)
      if (theirs.name == name.layer && !theirs.parts.empty()) return match_layers(*ours, theirs);
    for (ForeignLayer& theirs : theirs_)
      if (theirs.called == pair.second && !theirs.parts.empty()) return match_layers(*ours, theirs);
    throw none_called(pair, "a layer");
  }

  FileError none_called(const NamePair& pair, const char* what) const {
    return FileError(weights_.file, fmt::format("{}={}", pair.first, pair.second),
                     fmt::format("{} of that name, for nothing else", what), "none");
  }

  static std::vector<std::string> full(ForeignName name) {
    name.layer.push_back(std::move(name.part));
    return std::move(name.layer);
  }

  void find_kinds() {
    const bool told_apart = std::any_of(theirs_.begin(), theirs_.end(), [](const ForeignLayer& layer) {
      return layer.kind == LayerKind::transposed_convolution;
    });
    for (OurLayer& layer : layers_) {
      std::vector<TensorRole> roles;
      std::size_t rank = 0;
      for (const std::size_t i : layer.parameters) {
        roles.push_back(parameters_[i].role);
        if (parameters_[i].role == TensorRole::weight) rank = parameters_[i].placement.our_shape.size();
      }
      layer.kind = kind_of(roles, rank);
      if (told_apart && layer.kind == LayerKind::convolution && transposed_.contains(layer.name))
        layer.kind = LayerKind::transposed_convolution;
    }
  }

  void match_by_name(OurLayer& ours) {
    if (ours.parameters.empty()) return;
    // Our name may have dots itself.
    const std::vector<std::string> own = parse_name(ours.name + ".part").layer;
    std::vector<ForeignLayer*> found;
    for (ForeignLayer& theirs : theirs_) {
      const auto& name = theirs.name;
      if (theirs.parts.empty()) continue;
      if (name == own) return match_layers(ours, theirs);
      const bool ends_so = name.size() > own.size() && std::equal(own.rbegin(), own.rend(), name.rbegin());
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
        throw FileError(weights_.file, "layer " + in_quotes(joined_name(theirs.name)), wanted(parameter),
                        "none");
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
                      fmt::format("{} of type {}", theirs.values.size(), theirs.type));
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

  /// What belongs together if there is no name: kind and shape.
  using Class = std::pair<LayerKind, Shape>;

  void match_in_order() {
    std::map<Class, std::vector<OurLayer*>> ours;
    std::map<Class, std::vector<ForeignLayer*>> theirs;
    for (OurLayer& layer : layers_)
      if (!layer.parameters.empty() && layer.kind != LayerKind::unknown)
        ours[{layer.kind, main_one(layer).placement.their_shape}].push_back(&layer);
    for (ForeignLayer& layer : theirs_)
      if (!layer.parts.empty() && layer.kind != LayerKind::unknown)
        theirs[{layer.kind, tensor(main_one(layer)).shape}].push_back(&layer);
    for (auto& [kind_and_shape, wanting] : ours) {
      const std::vector<ForeignLayer*>& offered = theirs[kind_and_shape];
      // Which one is missing or too much, nobody knows.
      if (wanting.size() != offered.size()) continue;
      if (!weights_.in_order) require_order(offered, wanting);
      for (std::size_t i = 0; i < wanting.size(); ++i) match_layers(*wanting[i], *offered[i]);
    }
  }

  /// Throws unless the names say more than the alphabet of which layer comes first.
  void require_order(const std::vector<ForeignLayer*>& offered, const std::vector<OurLayer*>& wanting) const {
    for (std::size_t i = 1; i < offered.size(); ++i) {
      if (!compare_names(offered[i - 1]->name, offered[i]->name).by_letters) continue;
      const std::string names =
          data::joined(wanting, ", ", [](const OurLayer* layer) { return fmt::format("{}=NAME", layer->name); });
      throw FileError(
          weights_.file,
          fmt::format("{} and {}", place_of(main_one(*offered[i - 1])), place_of(main_one(*offered[i]))),
          fmt::format("to be told which is which ({})", names),
          "the same shape, and names that no number puts in order");
    }
  }

  void require_nothing_left() const {
    std::vector<const OurLayer*> ours;
    std::vector<const ForeignLayer*> theirs;
    for (const OurLayer& layer : layers_)
      if (!layer.parameters.empty()) ours.push_back(&layer);
    for (const ForeignLayer& layer : theirs_)
      if (!layer.parts.empty()) theirs.push_back(&layer);
    // What is left of one kind on both sides is meant for each other, in order.
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

  /// What of the file is left over, for whoever gives it a name.
  std::string left_text(const std::vector<const ForeignLayer*>& left) const {
    return left.empty() ? "" : fmt::format("; {} is left over", place_of(main_one(*left.front())));
  }

  const ForeignWeights& weights_;
  Layout layout_;
  std::set<std::string> transposed_;
  std::vector<MatchedParameter> parameters_;
  std::vector<OurLayer> layers_;
  std::vector<int> free_;
  std::vector<ForeignLayer> theirs_;
  std::vector<std::string> passed_over_;
};

}  // namespace

Matched match(GraphView graph, const ForeignWeights& weights, Layout layout, std::span<const NamePair> names) {
  Matching matching(graph, weights, layout);
  matching.match(names);
  return matching.take();
}

}  // namespace isthmus::interchange
