// Ranks as threads: what a distributed step gives, beside one process with the whole batch.
#include "mpi/trainings.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

template <class M>
void check_model() {
  for (const std::vector<int>& shares : {std::vector{8, 8}, std::vector{3, 10}, std::vector{5, 0, 4}, std::vector{1, 0}}) {
    const int all = std::accumulate(shares.begin(), shares.end(), 0);
    INFO(all << " samples on " << shares.size() << " ranks");
    const std::vector<Outcome> first = together<M>(shares, 0);
    CHECK(first[0].messages > steps);
    for (std::size_t r = 1; r < shares.size(); ++r) CHECK(same_bits(first[0], first[r]));
    CHECK(same_bits(first[0], together<M>(shares, 0)[0]));
    CHECK(same_bits(first[0], together<M>(shares, 1)[0]));
    CHECK(same_bits(first[0], together<M>(shares, 3)[0]));
    CHECK(difference(alone<M>(all), first[0]) < 1e-5);
  }
}

}  // namespace

TEST_CASE("ranks together do what one does alone: coupled losses, noise, tied weights") { check_model<Coupled>(); }
TEST_CASE("ranks together do what one does alone: batch norms of images, dropout") { check_model<Normed>(); }
TEST_CASE("ranks together do what one does alone: a code that is drawn, a derivative in the loss") {
  check_model<Drawn>();
}
