// Penalties against their formulas, for batches of several sizes, and their mistakes.
#include "declare/loss_values.hpp"
#include "declare/mistakes.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr auto rows = graph([](Scope& g) {
  auto h = isthmus::tanh(dense<9>(g.input<7>("x"), "h"));
  auto mu = dense<3>(h, "mu");
  auto log_var = dense<3>(h, "log_var");
  auto code = bottleneck(sigmoid(dense<5>(mu + 0.1f * log_var, "code")));
  return dense<7>(code, "out");
});
constexpr auto images = autoencoder(encoder(input<4, 6, 2>("x")), bottleneck(conv2d<3, 3>("code") | sigmoid),
                                    decoder(conv2d<2, 3>("out")));
constexpr int batches[] = {1, 4, 7};

double sparsity(const std::vector<double>& h, std::size_t units, double p) {
  double sum = 0;
  for (std::size_t unit = 0; unit < units; ++unit) {
    double q = 0;
    for (std::size_t i = unit; i < h.size(); i += units) q += h[i] * static_cast<double>(units);
    q /= static_cast<double>(h.size());
    sum += p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
  }
  return sum;
}
/// A penalty as the only loss, for each batch.
template <class Penalty, class Formula>
void compare(GraphView model, Penalty penalty, Formula formula) {
  for (const int samples : batches) {
    INFO("batch " << samples);
    LossValues values(model, penalty, samples);
    CHECK_FALSE(values.diagnostic());
    CHECK(values.scalar("loss") == Approx(formula(values, samples)).epsilon(1e-6));
  }
}

}  // namespace

TEST_CASE("the mean over the batch of the absolute values of a layer") {
  const auto formula = [](LossValues& values, int samples) {
    double sum = 0;
    for (const double h : values.layer("h")) sum += std::fabs(h) / samples;
    return sum;
  };
  compare(rows.graph, l1_activity("h"), formula);
}

TEST_CASE("the divergence of a layer's mean activations from the target") {
  const auto of_rows = [](LossValues& values, int) { return sparsity(values.layer("code"), 5, 0.05); };
  compare(rows.graph, kl_sparsity("code", 0.05f), of_rows);
  // Of an image the mean is over all pixels.
  const auto of_images = [](LossValues& values, int) { return sparsity(values.layer("code"), 3, 0.3); };
  compare(images.graph, kl_sparsity("code", 0.3f), of_images);
}

TEST_CASE("a unit that is always off, or no probability, has a finite divergence") {
  for (const char* layer : {"h", "mu", "out"}) {
    LossValues values(rows.graph, kl_sparsity(layer, 0.05f), 4);
    CHECK(std::isfinite(values.scalar("loss")));
    CHECK(values.scalar("loss") >= 0);
  }
}

TEST_CASE("the divergence of a normal code from the standard normal distribution") {
  const auto formula = [](LossValues& values, int samples) {
    double sum = 0;
    for (std::size_t i = 0; i < values.layer("mu").size(); ++i) {
      const double mu = values.layer("mu")[i], v = values.layer("log_var")[i];
      sum += 0.5 * (mu * mu + std::exp(v) - v - 1) / samples;
    }
    return sum;
  };
  compare(rows.graph, gaussian_kl("mu", "log_var"), formula);
}

namespace {

template <class Loss>
constexpr Diagnostic mistake_of(GraphView model, Loss loss) {
  return differentiate::loss_graph(model, loss).diagnostic();
}
constexpr bool is_unknown(Diagnostic found, const char* name) {
  return is(found, Mistake::unknown_name, name, shape_of(batch, 7), shape_of(batch, 7));
}
constexpr bool names_are_checked() {
  return is_unknown(mistake_of(rows.graph, l1_activity("g")), "g") &&
         is_unknown(mistake_of(rows.graph, kl_sparsity("g", 0.1f)), "g") &&
         is_unknown(mistake_of(rows.graph, gaussian_kl("mu", "g")), "g") &&
         is_unknown(mistake_of(rows.graph, contraction("g")), "g") &&
         // The loss's own nodes are no layer.
         is_unknown(mistake_of(rows.graph, mean_squared_error + l1_activity("loss")), "loss") &&
         !mistake_of(rows.graph, l1_activity("x")) && !mistake_of(rows.graph, l1_activity("out"));
}
static_assert(names_are_checked());

constexpr bool has_no_such_target(float target, int percent) {
  return is(mistake_of(rows.graph, kl_sparsity("code", target)), Mistake::target_out_of_range, "code",
            shape_of(batch, percent), {});
}
constexpr bool targets_are_checked() {
  return has_no_such_target(0, 0) && has_no_such_target(1, 100) && has_no_such_target(1.5f, 150) &&
         has_no_such_target(-0.5f, -50) && has_no_such_target(1e30f, 1'000'000) &&
         !mistake_of(rows.graph, kl_sparsity("code", 0.99f));
}
static_assert(targets_are_checked());

static_assert(is(mistake_of(rows.graph, gaussian_kl("mu", "h")), Mistake::shapes_differ, "h", shape_of(batch, 3),
                 shape_of(batch, 9)));

constexpr auto wide = autoencoder(encoder(input<7>("x")), bottleneck(dense<65>("code")), decoder(dense<7>("out")));
constexpr auto widest =
    autoencoder(encoder(input<7>("x")), bottleneck(dense<64>("code")), decoder(dense<7>("out")));
constexpr auto large =
    autoencoder(encoder(input<5, 5, 1>("x")), bottleneck(conv2d<3, 3>("code")), decoder(conv2d<1, 3>("out")));
constexpr bool widths_are_checked() {
  return is(mistake_of(wide.graph, contraction("code")), Mistake::jacobian_too_wide, "code", shape_of(batch, 65),
            shape_of(batch, 64)) &&
         is(mistake_of(large.graph, contraction("code")), Mistake::jacobian_too_wide, "code",
            shape_of(batch, 5, 5, 3), shape_of(batch, 64));
}
static_assert(widths_are_checked());

}  // namespace

TEST_CASE("mistakes in penalties") {
  CHECK(names_are_checked());
  CHECK(targets_are_checked());
  CHECK(widths_are_checked());
  CHECK_FALSE(mistake_of(widest.graph, contraction("code")));
  CHECK(has_no_such_target(std::numeric_limits<float>::quiet_NaN(), 1'000'000));
}
