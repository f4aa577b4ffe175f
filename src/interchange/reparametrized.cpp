#include "reparametrized.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "foreign_names.hpp"
#include "safetensors_header.hpp"

namespace isthmus::interchange {
namespace {

using Parts = std::vector<std::string>;

/// The weight that a tensor is a piece of.
struct Whole {
  Parts name;  ///< {"enc", "weight"}
  bool by_parametrize = false;

  auto operator<=>(const Whole&) const = default;
};

struct Piece {
  Whole whole;
  std::string what;  ///< `_g`; of the newer form `original0`, `0._u`
};

std::optional<Piece> piece_of(const Parts& name) {
  const auto marker = std::find(name.begin(), name.end(), "parametrizations");
  if (name.end() - marker > 2) {
    Whole whole{Parts(name.begin(), marker), true};
    whole.name.push_back(marker[1]);
    return Piece{std::move(whole), joined_name(Parts(marker + 2, name.end()))};
  }
  if (name.empty()) return std::nullopt;
  for (const std::string_view base : {"weight", "bias"})
    for (const std::string_view what : {"_g", "_v", "_u", "_orig", "_mask"})
      if (name.back() == std::string(base) + std::string(what)) {
        Whole whole{name, false};
        whole.name.back() = base;
        return Piece{std::move(whole), std::string(what)};
      }
  return std::nullopt;
}

/// The pieces of one weight, by what they are; numbers of tensors.
using Pieces = std::map<std::string, int, std::less<>>;

class Merging {
 public:
  Merging(ForeignWeights& weights, const Pieces& pieces) : weights_(weights), pieces_(pieces) {}

  /// The weight, without its name; nothing if these are the pieces of no weight that is known.
  std::optional<ForeignTensor> merge() const {
    if (are({"_g", "_v"})) return weight_norm("_g", "_v");
    if (are({"original0", "original1"})) return weight_norm("original0", "original1");
    if (are({"_orig", "_u", "_v"})) return spectral_norm("_orig", "_u", "_v");
    if (are({"0._u", "0._v", "original"})) return spectral_norm("original", "0._u", "0._v");
    if (are({"_mask", "_orig"})) return pruned();
    return std::nullopt;
  }

 private:
  /// `wanted` in the order of the alphabet.
  bool are(std::initializer_list<std::string_view> wanted) const {
    return std::equal(wanted.begin(), wanted.end(), pieces_.begin(), pieces_.end(),
                      [](std::string_view name, const auto& piece) { return name == piece.first; });
  }

  /// Throws unless it has a number for each place of its shape.
  const ForeignTensor& tensor(std::string_view what) const {
    const ForeignTensor& tensor = weights_.tensors[static_cast<std::size_t>(pieces_.find(what)->second)];
    if (data::value_count(tensor.shape) != tensor.values.size())
      throw wrong(tensor, "floating-point numbers", fmt::format("values of type {}", tensor.type));
    return tensor;
  }

  FileError wrong(const ForeignTensor& tensor, const std::string& expected, const std::string& found) const {
    return FileError(weights_.file, tensor_place(tensor.name), expected, found);
  }

  static ForeignTensor result_of(const ForeignTensor& tensor) {
    return {"", tensor.shape, tensor.type, std::vector<float>(tensor.values.size())};
  }

  ForeignTensor weight_norm(std::string_view of_size, std::string_view of_direction) const {
    const ForeignTensor &g = tensor(of_size), &v = tensor(of_direction);
    bool fits = g.shape.empty() || g.shape.size() == v.shape.size();
    for (std::size_t k = 0; fits && k < g.shape.size(); ++k) fits = g.shape[k] == 1 || g.shape[k] == v.shape[k];
    if (!fits)
      throw wrong(g, fmt::format("one size for each vector of shape {}", data::shape_text(v.shape)),
                  fmt::format("shape {}", data::shape_text(g.shape)));
    // For each value, the index of the size that it is scaled to.
    std::vector<std::size_t> owners{0};
    for (std::size_t k = 0; k < v.shape.size(); ++k) {
      const auto extent = static_cast<std::size_t>(v.shape[k]);
      const bool varies = !g.shape.empty() && g.shape[k] != 1;
      std::vector<std::size_t> finer;
      finer.reserve(owners.size() * extent);
      for (const std::size_t owner : owners)
        for (std::size_t i = 0; i < extent; ++i) finer.push_back(varies ? owner * extent + i : owner);
      owners = std::move(finer);
    }
    std::vector<double> squares(g.values.size(), 0);
    for (std::size_t i = 0; i < v.values.size(); ++i)
      squares[owners[i]] += double{v.values[i]} * double{v.values[i]};
    ForeignTensor merged = result_of(v);
    for (std::size_t i = 0; i < v.values.size(); ++i)
      merged.values[i] =
          static_cast<float>(double{g.values[owners[i]]} * double{v.values[i]} / std::sqrt(squares[owners[i]]));
    return merged;
  }

  ForeignTensor spectral_norm(std::string_view of_weight, std::string_view left, std::string_view right) const {
    const ForeignTensor &weight = tensor(of_weight), &u = tensor(left), &v = tensor(right);
    // The weight is made a matrix with this dimension as its rows: 1 of a transposed convolution, else 0.
    const auto fits = [&](std::size_t dimension) {
      return weight.shape.size() > std::max<std::size_t>(dimension, 1) && u.shape.size() == 1 &&
             v.shape.size() == 1 && weight.shape[dimension] == u.shape[0] &&
             u.values.size() * v.values.size() == weight.values.size();
    };
    const bool is_linear = weight.shape.size() == 2;
    if (!fits(0) && !fits(1))
      throw wrong(u, fmt::format("a vector for a dimension of {}", data::shape_text(weight.shape)),
                  fmt::format("shape {}", data::shape_text(u.shape)));
    if (fits(0) && fits(1) && !is_linear)
      throw wrong(weight,
                  "a weight itself, since spectral_norm can have taken dimension 0 or 1 for the rows of this one "
                  "(torch.nn.utils.remove_spectral_norm, parametrize.remove_parametrizations)",
                  fmt::format("what it is computed from, of shape {}", data::shape_text(weight.shape)));
    const std::size_t rows = fits(0) ? 0 : 1;
    std::size_t inner = 1;
    for (std::size_t k = rows + 1; k < weight.shape.size(); ++k)
      inner *= static_cast<std::size_t>(weight.shape[k]);
    const std::size_t height = u.values.size(), outer = v.values.size() / std::max<std::size_t>(inner, 1);
    double norm = 0;
    for (std::size_t o = 0; o < outer; ++o)
      for (std::size_t r = 0; r < height; ++r)
        for (std::size_t i = 0; i < inner; ++i)
          norm += double{u.values[r]} * double{v.values[o * inner + i]} *
                  double{weight.values[(o * height + r) * inner + i]};
    ForeignTensor merged = result_of(weight);
    std::transform(weight.values.begin(), weight.values.end(), merged.values.begin(),
                   [&](float x) { return static_cast<float>(double{x} / norm); });
    return merged;
  }

  ForeignTensor pruned() const {
    const ForeignTensor &weight = tensor("_orig"), &mask = tensor("_mask");
    if (mask.shape != weight.shape)
      throw wrong(mask, fmt::format("shape {}", data::shape_text(weight.shape)),
                  fmt::format("shape {}", data::shape_text(mask.shape)));
    ForeignTensor merged = result_of(weight);
    std::transform(weight.values.begin(), weight.values.end(), mask.values.begin(), merged.values.begin(),
                   std::multiplies<>());
    return merged;
  }

  ForeignWeights& weights_;
  const Pieces& pieces_;
};

}  // namespace

void merge_reparametrized(ForeignWeights& weights, ForeignSelection& selection) {
  std::map<Whole, Pieces> wholes;
  for (const int number : selection.tensors)
    if (auto piece = piece_of(parts_of(weights.tensors[static_cast<std::size_t>(number)].name)))
      wholes[std::move(piece->whole)].emplace(std::move(piece->what), number);
  for (const auto& [whole, pieces] : wholes) {
    const auto place = [&] {
      return tensor_place(weights.tensors[static_cast<std::size_t>(pieces.begin()->second)].name);
    };
    std::optional<ForeignTensor> merged = Merging(weights, pieces).merge();
    if (!merged && whole.by_parametrize)
      throw FileError(weights.file, place(),
                      "a weight itself, or what weight_norm or spectral_norm compute it from "
                      "(torch.nn.utils.parametrize.remove_parametrizations)",
                      "what another parametrization computes it from");
    // The name may be the layer's own.
    if (!merged) continue;
    merged->name = joined_name(whole.name);
    merged->merged = data::joined(pieces, ", ", [&](const auto& piece) {
      return whole.by_parametrize ? piece.first : whole.name.back() + piece.first;
    });
    for (const auto& [what, number] : pieces) weights.tensors[static_cast<std::size_t>(number)].values = {};
    const int first = pieces.begin()->second;
    *std::find(selection.tensors.begin(), selection.tensors.end(), first) =
        static_cast<int>(weights.tensors.size());
    std::erase_if(selection.tensors, [&](int number) {
      return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.second == number; });
    });
    weights.tensors.push_back(std::move(*merged));
  }
}

}  // namespace isthmus::interchange
