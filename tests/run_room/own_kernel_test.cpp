// A program's own operation whose kernel is compiled for every SIMD target, beside one in plain C++.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/isthmus.hpp>

#include "run_room/own_kernel.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <set>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace own {

constexpr RowOperation on_targets{.name = "normalize_on_targets", .kernel = normalize};

constexpr RowOperation plain{
    .name = "normalize_plainly",
    .kernel =
        [](const RowCall& call) noexcept {
          double squares = 0;
          for (int i = 0; i < call.columns[0]; ++i)
            squares += double{call.operands[0][i]} * double{call.operands[0][i]};
          const double scale = 1 / std::sqrt(squares / call.columns[0] + 1e-5);
          for (int i = 0; i < call.columns[0]; ++i)
            call.result[i] = static_cast<float>(scale * double{call.operands[0][i]});
        },
};

template <const RowOperation& operation>
struct Normalized {
  static constexpr auto model =
      autoencoder(encoder(input<37>("x"), [](Tensor x) { return x.builder->over_rows(operation, {x, {}, {}}); }),
                  bottleneck(dense<3>("code")), decoder(dense<37>("out")));
};

template <const RowOperation& operation>
std::vector<float> reconstructed(const std::vector<float>& x) {
  Autoencoder<Normalized<operation>, 50, CompiledHere> model;
  std::vector<NamedTensor> weights = model.read();
  for (NamedTensor& tensor : weights) tensor.values = floats(tensor.values.size(), 5, -1, 1);
  model.write(weights, "test");
  std::vector<float> y(x.size());
  model.reconstruct(x, y);
  return y;
}

}  // namespace own

TEST_CASE("a kernel of a program's own runs on the SIMD target of the CPU") {
  const std::vector<float> x = floats(50 * 37, 3, -2, 2);
  const std::vector<float> expected = own::reconstructed<own::plain>(x);
  std::set<std::string> targets;
  for_each_target([&] {
    targets.insert(own::target());
    CHECK(largest_error(own::reconstructed<own::on_targets>(x), expected, 1) < 1e-5);
  });
  CHECK(targets.size() > 1);
}
