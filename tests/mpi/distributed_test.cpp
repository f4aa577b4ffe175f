// Ranks as threads: what a distributed step gives, beside one process with the whole batch.
#include "mpi/trainings.hpp"
#include "support/catch.hpp"

#include <isthmus/error.hpp>

#include <atomic>
#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

template <class M>
void check_model() {
  for (const std::vector<int>& shares :
       {std::vector{8, 8}, std::vector{3, 10}, std::vector{5, 0, 4}, std::vector{1, 0}}) {
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
TEST_CASE("ranks together do what one does alone: averages of weights, frozen layers") { check_model<Tuned>(); }
TEST_CASE("ranks together do what one does alone: updates by several steps") { check_model<Accumulated>(); }
TEST_CASE("ranks together do what one does alone: steps in turns") { check_model<Turned>(); }
TEST_CASE("ranks together do what one does alone: codebooks that follow moving averages") {
  check_model<Quantized>();
}

TEST_CASE("a distributed step follows any priorities, but no lists") {
  const std::vector<int> shares{4, 5};
  const Outcome expected = together<Normed>(shares, 0)[0];
  for (const int workers : {1, 2})
    for (const std::uint32_t stream : {1u, 2u}) {
      const auto follow_anything = [&](TrainerCore& trainer) {
        schedule::Schedule schedule;
        for (std::size_t t = 0; t < trainer.training_session().executor().graph().tasks.size(); ++t)
          schedule.priority.push_back(uniform(stream, t, 0, 1));
        trainer.follow(schedule);
      };
      CHECK(same_bits(together<Normed>(shares, workers, follow_anything)[0], expected));
    }
  std::atomic<int> refused = 0;
  const auto follow_a_list = [&](TrainerCore& trainer) {
    const schedule::TaskGraph& graph = trainer.training_session().executor().graph();
    schedule::Schedule schedule{schedule::Execution::lists, {}, {std::vector<int>(graph.tasks.size())}, {}};
    std::iota(schedule.lists[0].begin(), schedule.lists[0].end(), 0);
    try {
      trainer.follow(schedule);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  };
  CHECK(same_bits(together<Normed>(shares, 1, follow_a_list)[0], expected));
  CHECK(refused == 2);
}

TEST_CASE("what is wrong on one rank is an error on all, and training goes on") {
  Together group(2);
  std::atomic<int> errors = 0;
  std::vector<double> losses(2);
  std::vector<std::thread> ranks;
  for (int r = 0; r < 2; ++r)
    ranks.emplace_back([&, r] {
      Member member(group, r);
      TrainerCore trainer(linked_program<Drawn, Role::train_distributed>(),
                          linked_program<Drawn, Role::evaluate>(), 4, 1, &member, 4);
      const std::vector<float> x = samples_of(30, r, 2);
      const std::vector<std::uint32_t> three{0, 1, 2};
      const auto fails = [&](std::span<const float> samples, std::span<const std::uint32_t> numbers) {
        try {
          trainer.step(samples, {}, numbers);
        } catch (const ShapeError&) {
          ++errors;
        }
      };
      fails(r == 1 ? std::span(x).first(29) : std::span(x), {});
      fails(x, r == 1 ? std::span(three) : std::span(three).first(2));
      fails({}, {});
      const double rate = trainer.learning_rate();
      trainer.set_learning_rate(r == 0 ? rate : 2 * rate);
      try {
        trainer.step(x);
      } catch (const Error& error) {
        const std::string text = error.what();
        errors += text.find("expected the same learning rate on all 2 ranks") != std::string::npos;
      }
      trainer.set_learning_rate(rate);
      losses[static_cast<std::size_t>(r)] = trainer.step(x);
    });
  for (std::thread& rank : ranks) rank.join();
  CHECK(errors == 8);
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0] > 0);
}

TEST_CASE("without others a distributed step is a step") {
  TrainerCore trainer(linked_program<Coupled, Role::train_distributed>(),
                      linked_program<Coupled, Role::evaluate>(), most, seed);
  Outcome outcome;
  train_steps(trainer, 0, 7, 7, outcome);
  CHECK(difference(alone<Coupled>(7), outcome) < 1e-6);
}
