// Random graphs keep their meaning through every pass.
#include <isthmus/plan/fuse.hpp>
#include <isthmus/plan/simplify.hpp>
#include <isthmus/plan/sparse.hpp>

#include "plan/meaning.hpp"
#include "support/catch.hpp"
#include "support/random_graph.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// A step of Adam where a gradient is all rounding would differ between two ways to round.
constexpr double bound = 1e-6;

void check_passes(std::uint32_t seed, int size, bool train) {
  INFO("seed " << seed << ", size " << size << (train ? ", training" : ""));
  const Builder b = RandomGraph(seed).write(size, train);
  REQUIRE_FALSE(b.diagnostic());
  for (const int samples : {1, 5}) {
    const Meaning expected = meaning_of(b.view(), samples);
    CHECK(difference(meaning_of(plan::remove_dead(b.view()), samples), expected) == 0);
    const Graph simple = plan::simplify(b.view());
    CHECK(difference(meaning_of(simple, samples), expected) < bound);
    const Graph sparse = plan::use_sparsity(simple);
    CHECK(difference(meaning_of(sparse, samples), expected) < bound);
    const Graph legal = plan::legalize(sparse);
    CHECK(difference(meaning_of(legal, samples), expected) < bound);
    CHECK(difference(meaning_of(view(plan::fuse(legal)), samples), expected) < bound);
  }
}

}  // namespace

TEST_CASE("random graphs keep their meaning through every pass") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) check_passes(seed, 4 + static_cast<int>(seed % 12), false);
}

TEST_CASE("random training steps keep their meaning through every pass") {
  for (std::uint32_t seed = 100; seed <= 160; ++seed) check_passes(seed, 4 + static_cast<int>(seed % 12), true);
}
