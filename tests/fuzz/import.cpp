// safetensors as weights of another program, of whatever names and shapes, for a model that has a layer of each
// kind, two that only their names tell apart, and two side by side.
#include "target.hpp"

#include <isthmus/declare.hpp>
#include <isthmus/interchange/import.hpp>
#include <isthmus/plan/stages.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/shapes.hpp"

using namespace isthmus;
using interchange::ImportedWeights;
using interchange::Layout;

namespace {

constexpr auto model =
    autoencoder(encoder(input<4, 4, 1>("image"), conv2d<2, 3>("conv") | batch_norm("norm") | relu | max_pool<2> |
                                                     flatten | dense<2>("first") | relu | dense<2>("second")),
                bottleneck(dense<2>("code")),
                decoder(dense<4>("wider") | to_shape<2, 2, 1> | conv2d_transpose<1, 2>("up", stride(2))));

constexpr auto branches = graph([](Scope& g) {
  auto x = g.input<3>("x");
  return dense<3>(bottleneck(reparameterize(dense<2>(x, "mu"), dense<2>(x, "log_var"))), "out");
});

/// As a caller could know the file: a part of it, and what is not needed there.
interchange::ImportOptions options_for(const interchange::ForeignWeights& weights, const char* our_layer) {
  interchange::ImportOptions options;
  if (weights.tensors.empty()) return options;
  const std::string& first = weights.tensors.front().name;
  options.prefix = first.substr(0, first.find('.'));
  options.ignored.push_back(weights.tensors.back().name);
  options.names.emplace_back(our_layer, "q");
  return options;
}

/// Every parameter has as many finite values as its shape says.
void require_whole(const ImportedWeights& imported, const Graph& graph) {
  const auto parameters = std::count_if(graph.nodes.begin(), graph.nodes.end(), is_parameter);
  if (imported.tensors.size() != static_cast<std::size_t>(parameters)) fuzz::fail("a parameter without a tensor");
  for (const NamedTensor& tensor : imported.tensors) {
    if (tensor.values.size() != data::value_count(tensor.shape))
      fuzz::fail("a tensor that has not the size of its shape");
    for (const float value : tensor.values)
      if (!std::isfinite(value)) fuzz::fail("a weight that is no finite number");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Names in their parts, in several lists, beside the tensors.
  constexpr fuzz::MemoryBound bound{.fixed = std::size_t{1} << 16, .per_byte = 64};
  static const Graph image = plan::resolve_modes(model.graph, false, false),
                     code = plan::resolve_modes(branches.graph, false, false);
  const auto path = fuzz::file_of(bytes, size);
  for (const Layout layout : {Layout::torch, Layout::keras})
    for (const auto& [graph, layer] : {std::pair(&image, "first"), std::pair(&code, "mu")})
      for (const bool is_known : {false, true})
        fuzz::check(path, size, bound, [&](const auto& file) {
          interchange::ForeignWeights weights = interchange::read_safetensors_weights(file);
          const auto options = is_known ? options_for(weights, layer) : interchange::ImportOptions{};
          require_whole(interchange::import_weights(*graph, std::move(weights), layout, options), *graph);
        });
  return 0;
}
