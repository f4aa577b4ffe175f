// Random graphs of images keep their meaning through every rewrite and pass.
#include <isthmus/plan/stages.hpp>

#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"
#include "support/random_images.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-8;

void check_passes(std::uint32_t seed, int size, bool train) {
  INFO("seed " << seed << ", size " << size << (train ? ", training" : ""));
  const Builder b = RandomImages(seed).write(size, train);
  REQUIRE_FALSE(b.diagnostic());
  const int samples = 2;
  const Meaning expected = meaning_of(b.view(), samples);
  // The rewrites of declared graphs; here they also see what differentiation made of one.
  Graph graph = plan::remove_dead(b.view());
  const auto check = [&](const char* pass, const Graph& next) {
    INFO(pass);
    CHECK(difference(meaning_of(next, samples), expected) < bound);
    graph = next;
  };
  if (!train) check("fold_normalization", plan::fold_normalization(graph));
  check("absorb_upsampling", plan::absorb_upsampling(graph));
  if (!train) check("pool_first", plan::pool_first(graph));
  check("simplify", plan::simplify(graph));
  check("fuse_pooling", plan::fuse_pooling(graph));
  check("choose_convolutions", plan::choose_convolutions(graph, {}));
  check("legalize", plan::legalize(graph));
  const plan::PlanBuilder made = plan::fuse(graph);
  CHECK(is_sound(view(made)));
  CHECK(preparations_are_sound(view(made)));
  CHECK(written_sinks(view(made)) == sinks_of(graph));
  CHECK(difference(meaning_of(view(made), samples), expected) < bound);
}

}  // namespace

TEST_CASE("random graphs of images keep their meaning through every pass") {
  for (std::uint32_t seed = 1; seed <= 80; ++seed) check_passes(seed, 4 + static_cast<int>(seed % 12), false);
}

TEST_CASE("random training steps on images keep their meaning through every pass") {
  for (std::uint32_t seed = 100; seed <= 180; ++seed) check_passes(seed, 4 + static_cast<int>(seed % 12), true);
}
