// A program's own operation whose kernel is compiled for every SIMD target, beside one in plain C++.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run_room/own_kernel_test.cpp"
#include <hwy/foreach_target.h>

#include <isthmus/ops/row_operation.hpp>

#include <cmath>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace own::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// x / √(mean of x² + ε).
void normalize(const isthmus::RowCall& call) noexcept {
  const hn::ScalableTag<float> d;
  const auto n = static_cast<std::size_t>(call.columns[0]), lanes = hn::Lanes(d);
  const std::size_t whole = n - n % lanes;
  const float* const x = call.operands[0];
  auto sums = hn::Zero(d);
  for (std::size_t i = 0; i < whole; i += lanes) sums = hn::MulAdd(hn::LoadU(d, x + i), hn::LoadU(d, x + i), sums);
  float squares = hn::GetLane(hn::SumOfLanes(d, sums));
  for (std::size_t i = whole; i < n; ++i) squares += x[i] * x[i];
  const float scale = 1.0f / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
  for (std::size_t i = 0; i < whole; i += lanes)
    hn::StoreU(hn::Mul(hn::Set(d, scale), hn::LoadU(d, x + i)), d, call.result + i);
  for (std::size_t i = whole; i < n; ++i) call.result[i] = scale * x[i];
}

const char* target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace own::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/isthmus.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <set>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace own {

HWY_EXPORT(normalize);
HWY_EXPORT(target);

constexpr RowOperation on_targets{
    .name = "normalize_on_targets",
    .kernel = [](const RowCall& call) noexcept { HWY_DYNAMIC_DISPATCH(normalize)(call); }};

constexpr RowOperation plain{.name = "normalize_plainly", .kernel = [](const RowCall& call) noexcept {
                               double squares = 0;
                               for (int i = 0; i < call.columns[0]; ++i)
                                 squares += double{call.operands[0][i]} * double{call.operands[0][i]};
                               const double scale = 1 / std::sqrt(squares / call.columns[0] + 1e-5);
                               for (int i = 0; i < call.columns[0]; ++i)
                                 call.result[i] = static_cast<float>(scale * double{call.operands[0][i]});
                             }};

template <const RowOperation& operation>
struct Normalized {
  static constexpr auto model = autoencoder(
      encoder(input<37>("x"), [](Tensor x) { return x.builder->over_rows(operation, {x, {}, {}}); }),
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
    targets.insert(HWY_DYNAMIC_DISPATCH(own::target)());
    CHECK(largest_error(own::reconstructed<own::on_targets>(x), expected, 1) < 1e-5);
  });
  CHECK(targets.size() > 1);
}
#endif
