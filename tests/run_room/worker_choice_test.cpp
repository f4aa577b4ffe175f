// The choice between one worker and all, fed with times of machines that never were: quiet, loaded, drifting, of
// two minds, turning over. What is right, how soon, and what looking costs.
#include <isthmus/run/worker_choice.hpp>

#include "support/catch.hpp"

#include <functional>
#include <random>
#include <utility>

using isthmus::run::WorkerChoice;

namespace {

constexpr int seeds = 200;  // As many machines, on which a choice at random would be right a hundred times.

/// How long the next run takes, of one worker or of all.
using Machine = std::function<double(bool all)>;

/// Runs so often; the last choice.
bool choice_after(WorkerChoice& choice, int runs, const Machine& machine) {
  for (int run = 0; run < runs; ++run) choice.took(machine(choice.use_all()));
  return choice.use_all();
}

/// The share of so many runs that the choice took all workers for.
double share_of_all(WorkerChoice& choice, int runs, const Machine& machine) {
  int all = 0;
  for (int run = 0; run < runs; ++run) {
    all += choice.use_all();
    choice.took(machine(choice.use_all()));
  }
  return static_cast<double>(all) / runs;
}

/// The total time of this many runs.
double time_of(WorkerChoice& choice, int runs, const Machine& machine) {
  double sum = 0;
  for (int run = 0; run < runs; ++run) {
    const double time = machine(choice.use_all());
    sum += time;
    choice.took(time);
  }
  return sum;
}

/// Steady ways, each run a little longer than it could be.
struct Steady {
  double one, all;
  std::mt19937 random;
  Steady(double of_one, double of_all, unsigned seed) : one(of_one), all(of_all), random(seed) {}
  double operator()(bool with_all) {
    return (with_all ? all : one) * (1 + std::exponential_distribution(20.0)(random));
  }
};

/// Somebody else computes for a while, and then for a while not: whoever shares a core waits for him, now and
/// then.
struct Loaded {
  Steady steady;
  double rest, work, wait;  ///< mean runs without him, with him; how often one of many workers waits for him
  bool busy = false;
  double left = 0;
  double operator()(bool with_all) {
    if (--left <= 0) {
      busy = !busy;
      left = std::exponential_distribution(1 / (busy ? work : rest))(steady.random);
    }
    const double time = steady(with_all);
    const double chance = busy ? wait * (with_all ? 1.0 : 0.5) : 0.0;
    return std::bernoulli_distribution(chance)(steady.random) ? time + 4 * steady.all : time;
  }
};

}  // namespace

TEST_CASE("on a quiet machine the faster way is known after 32 runs") {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    WorkerChoice gains, loses;
    CHECK(choice_after(gains, 32, Steady(1.9, 1.0, seed)));
    CHECK_FALSE(choice_after(loses, 32, Steady(0.6, 2.0, seed)));
  }
}

TEST_CASE("the first run of a way may take long: it moves the data") {
  WorkerChoice choice;
  bool before = false;
  Steady steady(1.9, 1.0, 1);
  CHECK(choice_after(choice, 32, [&](bool all) {
    const bool moved = std::exchange(before, all) != all;
    return steady(all) * (moved && all ? 20 : 1);
  }));
}

TEST_CASE("what gains nothing is done by one worker") {
  double share = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    WorkerChoice choice;
    share += share_of_all(choice, 5000, Steady(1.0, 1.0, seed)) / seeds;
  }
  CHECK(share < 0.1);
}

TEST_CASE("under a load that comes and goes the faster way is known after some tens of runs, and kept") {
  int right = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    WorkerChoice gains, loses;
    Loaded gaining{Steady(1.9, 1.0, seed), 15, 10, 0.15}, losing{Steady(1.0, 1.9, seed), 15, 10, 0.15};
    right += choice_after(gains, 80, std::ref(gaining));
    right += !choice_after(loses, 80, std::ref(losing));
    CHECK(share_of_all(gains, 5000, std::ref(gaining)) > 0.94);
    CHECK(share_of_all(loses, 5000, std::ref(losing)) < 0.05);
  }
  CHECK(right >= 2 * seeds - 8);
}

TEST_CASE("one run that stands still is no evidence") {
  WorkerChoice choice;
  int run = 0;
  CHECK(choice_after(choice, 48, [&](bool all) { return run++ == 6 ? 1e6 : all ? 1.0 : 1.9; }));
  // Nor a debt that is paid back for ever: a turn is noticed as soon as without it.
  choice_after(choice, 500, [&](bool all) { return run++ == 300 ? 1e6 : all ? 1.0 : 1.9; });
  CHECK_FALSE(choice_after(choice, 4000, [](bool all) { return all ? 1.0 : 0.9; }));
}

TEST_CASE("drift of both is no evidence either") {
  for (const double change : {1.001, 0.999}) {
    WorkerChoice choice;
    double speed = 1;
    const Machine drifting = [&](bool all) { return (speed *= change) * (all ? 1.0 : 1.3); };
    choice_after(choice, 40, drifting);
    CHECK(share_of_all(choice, 3000, drifting) > 0.94);
  }
}

TEST_CASE("of two minds: the mean decides, not the luckiest run") {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    // All workers take 1.0 or 2.4, three to one, or one to three.
    const auto of_two_minds = [&](double chance) {
      return [random = std::mt19937(seed), chance](bool all) mutable {
        return !all ? 1.9 : std::bernoulli_distribution(chance)(random) ? 1.0 : 2.4;
      };
    };
    WorkerChoice mostly, seldom;
    CHECK(share_of_all(mostly, 5000, of_two_minds(0.75)) > 0.85);
    CHECK(share_of_all(seldom, 5000, of_two_minds(0.1)) < 0.15);
  }
}

TEST_CASE("when the evidence turns, so does the choice") {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    WorkerChoice choice;
    // The second core goes away, which shows at once; it comes back, which only looking shows.
    choice_after(choice, 200, Steady(1.9, 1.0, seed));
    CHECK_FALSE(choice_after(choice, 150, Steady(1.9, 3.0, seed)));
    CHECK(choice_after(choice, 3300, Steady(1.9, 1.0, seed)));
  }
}

TEST_CASE("a load in the only examination so far is soon found to be gone") {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    WorkerChoice choice;
    CHECK_FALSE(choice_after(choice, 120, Steady(2.4, 5.0, seed)));
    CHECK(choice_after(choice, 250, Steady(1.9, 1.0, seed)));
  }
}

TEST_CASE("looking costs a hundredth of the time") {
  constexpr int runs = 20'000;
  for (const auto& [one, all] :
       {std::pair(1.9, 1.0), std::pair(1.0, 1.9), std::pair(1.0, 20.0), std::pair(1.1, 1.0)}) {
    WorkerChoice choice;
    const Machine machine = [&](bool with_all) { return with_all ? all : one; };
    choice_after(choice, 32, machine);
    CHECK(time_of(choice, runs, machine) < 1.02 * runs * std::min(one, all));
  }
}

TEST_CASE("a way that is right does not know the unit of time") {
  WorkerChoice seconds, hours;
  Steady first(1.9, 1.0, 3), second(1.9 / 3600, 1.0 / 3600, 3);
  for (int run = 0; run < 3000; ++run) {
    REQUIRE(seconds.use_all() == hours.use_all());
    seconds.took(first(seconds.use_all()));
    hours.took(second(hours.use_all()));
  }
}
