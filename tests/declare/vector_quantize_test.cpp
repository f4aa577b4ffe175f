// Vectors that become the nearest ones of a codebook: what is written, against plain loops in double precision,
// the terms that go with it, and its mistakes.
#include "declare/loss_values.hpp"
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

static_assert(same_in_all_notations<6>(vector_quantize<4>("q"),
                                       [](Tensor x) { return vector_quantize<4>(x, "q"); }));
static_assert(same_in_all_notations<2, 3, 6>(vector_quantize<4>("q", moving_average(0.5f), he_uniform),
                                             [](Tensor x) {
                                               return vector_quantize<4>(x, "q", moving_average(0.5f), he_uniform);
                                             }));
static_assert(shape_after<6>(vector_quantize<4>("q")) == shape_of(batch, 6));
static_assert(shape_after<3, 6>(vector_quantize<4>("q")) == shape_of(batch, 3, 6));
static_assert(shape_after<2, 3, 6>(vector_quantize<4>("q")) == shape_of(batch, 2, 3, 6));

constexpr bool options_are_kept() {
  const Written plain = write<6>(vector_quantize<4>("q"));
  const Written averaged = write<6>(vector_quantize<4>("q", constant(0.5f), moving_average(0.75f, 0.25f)));
  return plain.parameter("weight").shape == shape_of(4, 6) && plain.parameter("weight").trained &&
         starts(plain.parameter("weight"), Initializer::glorot_uniform) && plain.count(Op::assign) == 0 &&
         !averaged.parameter("weight").trained &&
         starts(averaged.parameter("weight"), Initializer::constant, 0.5f) &&
         !averaged.parameter("counts").trained &&
         starts(averaged.parameter("counts"), Initializer::constant, 1.0f) && averaged.count(Op::assign) == 2 &&
         same_text(averaged.only(Op::side_output).label.layer, "q");
}
static_assert(options_are_kept());

/// The nodes that a layer writes have the room that it says.
template <int... Dims, class Layer>
constexpr bool has_room(Layer layer) {
  return static_cast<int>(write<Dims...>(layer).graph.nodes.size()) <= Layer::max_nodes;
}
static_assert(has_room<2, 3, 6>(vector_quantize<4>("q", moving_average(0.5f))));

constexpr auto rows = graph([](Scope& g) {
  auto z = dense<3>(g.input<7>("x"), "z");
  return dense<7>(bottleneck(vector_quantize<5>(z, "q")), "out");
});
constexpr auto of_means = autoencoder(encoder(input<2, 3, 4>("x"), conv2d<3, 1>("z")),
                                      bottleneck(vector_quantize<5>("q", moving_average(0.9f)) | isthmus::tanh),
                                      decoder(conv2d<4, 1>("out")));

struct Nearest {
  std::vector<std::size_t> index;
  double squared = 0;  ///< the mean squared difference
  double perplexity = 0;
};
Nearest nearest_of(const std::vector<double>& z, const std::vector<double>& codebook, std::size_t width) {
  const std::size_t vectors = z.size() / width, count = codebook.size() / width;
  Nearest found;
  std::vector<double> share(count, 0.0);
  for (std::size_t v = 0; v < vectors; ++v) {
    double least = INFINITY;
    std::size_t at = 0;
    for (std::size_t k = 0; k < count; ++k) {
      double distance = 0;
      for (std::size_t i = 0; i < width; ++i) distance += std::pow(z[v * width + i] - codebook[k * width + i], 2);
      if (distance < least) least = distance, at = k;
    }
    found.index.push_back(at);
    found.squared += least / static_cast<double>(z.size());
    share[at] += 1 / static_cast<double>(vectors);
  }
  double entropy = 0;
  for (const double p : share)
    if (p > 0) entropy -= p * std::log(p);
  found.perplexity = std::exp(entropy);
  return found;
}

constexpr int batches[] = {1, 4, 7};

void check_terms(GraphView model, double factor) {
  for (const int samples : batches) {
    INFO("batch " << samples);
    LossValues values(model, mean_squared_error + commitment("q", 0.25f) + 0.0f * perplexity("q"), samples);
    CHECK_FALSE(values.diagnostic());
    const Nearest found = nearest_of(values.layer("z"), values.named("q.weight"), 3);
    CHECK(values.scalar("commitment") == Approx(factor * found.squared).epsilon(1e-6));
    CHECK(values.scalar("perplexity") == Approx(found.perplexity).epsilon(1e-6));
    CHECK(values.scalar("loss") == Approx(values.scalar("mse") + values.scalar("commitment")).epsilon(1e-9));
  }
}

}  // namespace

TEST_CASE("a vector becomes the nearest of the codebook, with its index beside the code") {
  reference::Interpreter values(rows.graph, 9);
  for (std::size_t i = 0; i < 9 * 7; ++i) values.named("x").values[i] = uniform(1, i, -1, 1);
  for (std::size_t i = 0; i < 7 * 3; ++i) values.named("z.weight").values[i] = uniform(2, i, -1, 1);
  for (std::size_t i = 0; i < 5 * 3; ++i) values.named("q.weight").values[i] = uniform(3, i, -1, 1);
  values.run();
  const std::vector<double> codebook = values.named("q.weight").values;
  const Nearest found = nearest_of(values[Scope::find_result(rows.graph, "z")].values, codebook, 3);
  const std::vector<double>& quantized = values[Scope::find_result(rows.graph, "q")].values;
  const std::vector<double>& index = values.named("q").values;
  REQUIRE(index.size() == 9);
  for (std::size_t v = 0; v < 9; ++v) {
    CHECK(index[v] == static_cast<double>(found.index[v]));
    for (std::size_t i = 0; i < 3; ++i) CHECK(quantized[v * 3 + i] == codebook[found.index[v] * 3 + i]);
  }
}

TEST_CASE("commitment, the codebook's own term where it is trained, and the perplexity of its use") {
  check_terms(rows.graph, 1.25);
  check_terms(of_means.graph, 0.25);
}

namespace {

template <class Loss>
constexpr Diagnostic mistake_of(GraphView model, Loss loss) {
  return differentiate::loss_graph(model, loss).diagnostic();
}
constexpr bool names_are_checked() {
  const Shape x = shape_of(batch, 7);
  return is(mistake_of(rows.graph, commitment("p", 1.0f)), Mistake::unknown_name, "p", x, x) &&
         is(mistake_of(rows.graph, perplexity("p")), Mistake::unknown_name, "p", x, x) &&
         is(mistake_of(rows.graph, commitment("z", 1.0f)), Mistake::not_a_codebook, "z", shape_of(batch, 3), {}) &&
         is(mistake_of(rows.graph, perplexity("out")), Mistake::not_a_codebook, "out", x, {}) &&
         is(mistake_of(rows.graph, commitment("q", -0.5f)), Mistake::bound_is_negative, "commitment",
            shape_of(batch, -50), {}) &&
         !mistake_of(rows.graph, commitment("q", 0.0f));
}
static_assert(names_are_checked());

template <int... Dims, class Layer>
constexpr bool has(Layer layer, Mistake mistake, Shape first, Shape second) {
  return is(write<Dims...>(layer).diagnostic, mistake, "q", first, second);
}
constexpr bool layers_are_checked() {
  return has<6>(vector_quantize<0>("q"), Mistake::size_not_positive, shape_of(batch, 0), shape_of(batch, 1)) &&
         has<6>(vector_quantize<4>("q", moving_average(1.0f)), Mistake::rate_out_of_range, shape_of(batch, 100),
                {}) &&
         has<6>(vector_quantize<4>("q", moving_average(-0.5f)), Mistake::rate_out_of_range, shape_of(batch, -50),
                {}) &&
         has<6>(vector_quantize<4>("q", moving_average(0.5f, 0.0f)), Mistake::bound_not_positive,
                shape_of(batch, 0), {}) &&
         write<6>(vector_quantize<5000>("q")).diagnostic.mistake == Mistake::row_too_long;
}
static_assert(layers_are_checked());

}  // namespace

TEST_CASE("mistakes in codebooks and their terms") {
  CHECK(names_are_checked());
  CHECK(layers_are_checked());
}
