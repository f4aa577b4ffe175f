// The program that mpirun starts for the tests: each rank checks its results, reports errors and exits with 1.
//
// usage: ranks equal THREADS | refuse | wrong_size | late | late_bucket | die | throw | stop | checkpoint FILE
//   (under mpirun -n N)
#include <isthmus/error.hpp>
#include <isthmus/files.hpp>
#include <isthmus/mpi/trainer.hpp>

#include "mpi/trainings.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

int rank_of_this = 0, ranks = 1, failures = 0;

void expect(bool right, const std::string& what) {
  if (right) return;
  ++failures;
  std::fprintf(stderr, "rank %d: wrong: %s\n", rank_of_this, what.c_str());
}

/// The text of the Error that this throws.
template <class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

template <class M>
void check_equal(const char* name, int threads) {
  // Each rank has more than the one before; of the second round the last one has nothing.
  for (const int last : {5 + ranks, 0}) {
    std::vector<int> shares;
    for (int r = 0; r < ranks; ++r) shares.push_back(r + 1 < ranks ? 5 + r : last);
    int first = 0;
    for (int r = 0; r < rank_of_this; ++r) first += shares[static_cast<std::size_t>(r)];
    const int own = shares[static_cast<std::size_t>(rank_of_this)];
    const int all = std::accumulate(shares.begin(), shares.end(), 0);
    Outcome outcome;
    const auto train = [&] {
      mpi::Trainer<M, most> trainer(MPI_COMM_WORLD, seed);
      if (threads == 0) trainer.set_threads(Threads::none());
      train_steps(trainer, first, own, all, outcome);
    };
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, 8);
    tbb::task_arena arena(std::max(threads, 1));
    arena.execute(train);
    const std::string what = std::string(name) + ", " + std::to_string(all) + " samples";
    expect(same_bits(outcome, together<M>(shares, 0)[0]), what + ": the same bits as of ranks that are threads");
    expect(difference(alone<M>(all), outcome) < 1e-5, what + ": what one rank gives");
  }
}

void check_refusals() {
  mpi::Communicator communicator(MPI_COMM_WORLD);
  const auto make = [&](bool drawn, std::uint64_t own_seed, int max_batch) {
    const lower::Program train = drawn ? linked_program<Drawn, Role::train_distributed>()
                                       : linked_program<Coupled, Role::train_distributed>();
    const lower::Program evaluate =
        drawn ? linked_program<Drawn, Role::evaluate>() : linked_program<Coupled, Role::evaluate>();
    return error_of([&] { TrainerCore(train, evaluate, max_batch, own_seed, &communicator, max_batch); });
  };
  const bool other = rank_of_this == ranks - 1;
  const std::string where = " on all " + std::to_string(ranks) + " ranks, found another one on rank " +
                            std::to_string(ranks - 1) + " than on rank 0";
  const std::string begin = "distributed training: expected the same ";
  expect(make(other, 1, 4) == begin + "graph" + where, "another graph is refused");
  expect(make(false, other ? 1 : std::uint64_t{1} << 40, 4) == begin + "seed" + where, "another seed is refused");
  expect(make(false, 1, other ? 5 : 4) == begin + "largest batch" + where, "another largest batch is refused");
  expect(make(false, 1, 4) == "nothing", "the same is not refused");
}

void check_wrong_size() {
  mpi::Trainer<Drawn, 4> trainer(MPI_COMM_WORLD, 1);
  const std::vector<float> x(4 * 30, 0.5f);
  const bool other = rank_of_this == ranks - 1;
  const std::span<const float> good(x);
  const std::string own = error_of([&] { trainer.step(other ? good.first(31) : good); });
  const std::string expected =
      other ? "batch: expected a multiple of 30 values for 1 to 4 samples, found 31 values"
            : "batch: rank " + std::to_string(ranks - 1) + " was given a wrong number of values";
  expect(own == expected, "a wrong size on one rank is an error on all, not: " + own);
  expect(error_of([&] { trainer.step({}); }) ==
             "batch: expected at least 1 sample on some rank, found none on all of them",
         "a batch of nothing is an error");
  // MPI_THREAD_FUNNELED is what these ranks have.
  std::thread([&] {
    expect(error_of([&] { trainer.step(good); }).find("expected a call by the thread") != std::string::npos,
           "another thread must not call MPI");
  }).join();
  expect(trainer.step(good) > 0 && trainer.steps() == 1, "training goes on after that");
}

/// The last rank comes late, or not at all.
void be_late() {
  mpi::Trainer<Drawn, 4> trainer(MPI_COMM_WORLD, 1, {.timeout = std::chrono::milliseconds(300)});
  const std::vector<float> x(4 * 30, 0.5f);
  trainer.step(x);
  if (rank_of_this == ranks - 1) std::this_thread::sleep_for(std::chrono::seconds(60));
  const std::string text = error_of([&] { trainer.step(x); });
  expect(text.find("expected all") != std::string::npos, "who waits in vain gets an error, not: " + text);
  std::fprintf(stderr, "%s\n", text.c_str());
  MPI_Abort(MPI_COMM_WORLD, failures > 0 ? 1 : 3);
}

/// The same in the middle of a step.
void be_late_with_a_bucket() {
  mpi::Communicator communicator(MPI_COMM_WORLD, {.timeout = std::chrono::milliseconds(300)});
  const run::Bucket buckets[] = {{100'000, false}, {3, true}};
  communicator.prepare(buckets);
  std::vector<float> large(100'000, 1.0f);
  std::vector<double> small(3, 2.0);
  const auto arrives = [&] {
    int bucket = -1;
    while ((bucket = communicator.poll()) < 0) std::this_thread::yield();
    return bucket;
  };
  communicator.start(1, small.data());
  expect(arrives() == 1 && small[2] == 2.0 * ranks, "a bucket arrives, summed");
  if (rank_of_this == ranks - 1) std::this_thread::sleep_for(std::chrono::seconds(60));
  communicator.start(0, large.data());
  expect(arrives() == 0, "nobody waits for ever");
  const std::string text = error_of([&] { communicator.check(); });
  expect(text.find("expected all") != std::string::npos, "who waits in vain gets an error, not: " + text);
  std::fprintf(stderr, "%s\n", text.c_str());
  MPI_Abort(MPI_COMM_WORLD, failures > 0 ? 1 : 3);
}

void die() {
  mpi::Trainer<Drawn, 4> trainer(MPI_COMM_WORLD, 1);
  const std::vector<float> x(4 * 30, 0.5f);
  for (int step = 0;; ++step) {
    if (step == 3 && rank_of_this == ranks - 1) std::raise(SIGKILL);
    trainer.step(x);
  }
}

/// The last rank throws in its own code: the others hear of it at once, and all can finalize MPI.
void throw_on_one() {
  const auto start = std::chrono::steady_clock::now();
  const std::string text = error_of([] {
    mpi::Trainer<Drawn, 4> trainer(MPI_COMM_WORLD, 1);
    const std::vector<float> x(4 * 30, 0.5f);
    trainer.step(x);
    if (rank_of_this == ranks - 1) throw Error("a bad sample");
    for (;;) trainer.step(x);
  });
  const std::string last = std::to_string(ranks - 1), all = std::to_string(ranks);
  expect(text == (rank_of_this == ranks - 1 ? "a bad sample"
                                            : "MPI: rank " + last + " of " + all + " has ended with an error"),
         "the others hear which rank has failed, not: " + text);
  expect(std::chrono::steady_clock::now() - start < std::chrono::seconds(60), "they hear it at once");
}

/// The last rank is stopped, as by a debugger or a batch system: the others end all.
void stop_one() {
  try {
    mpi::Trainer<Drawn, 4> trainer(MPI_COMM_WORLD, 1, {.timeout = std::chrono::milliseconds(300)});
    const std::vector<float> x(4 * 30, 0.5f);
    trainer.step(x);
    if (rank_of_this == ranks - 1) std::raise(SIGSTOP);
    for (;;) trainer.step(x);
  } catch (const Error& error) {
    mpi::end_all_ranks(MPI_COMM_WORLD, error.what());
  }
}

/// A checkpoint that one rank has written is where all go on from.
void go_on_from(const std::string& path) {
  const std::vector<float> x(4 * 30, 0.25f + 0.1f * static_cast<float>(rank_of_this));
  mpi::Trainer<Drawn, 4> first(MPI_COMM_WORLD, 1), second(MPI_COMM_WORLD, 2);
  for (int step = 0; step < 3; ++step) first.step(x);
  if (rank_of_this == 0) save_checkpoint(first, path);
  MPI_Barrier(MPI_COMM_WORLD);
  second.step(x);
  load_checkpoint(second, path);
  for (int step = 0; step < 3; ++step) expect(first.step(x) == second.step(x), "the same loss after a checkpoint");
  const auto mine = first.read(true), other = second.read(true);
  for (std::size_t t = 0; t < mine.size(); ++t)
    expect(mine[t].values == other[t].values, "the same " + mine[t].name + " after a checkpoint");
  // Parameters alone: a new optimizer on every rank.
  mpi::Trainer<Drawn, 4> fresh(MPI_COMM_WORLD, 1);
  load_parameters(fresh, path);
  load_parameters(first, path);
  for (int step = 0; step < 3; ++step)
    expect(first.step(x) == fresh.step(x), "the same loss after parameters alone");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const int threads = argc > 2 ? std::atoi(argv[2]) : 0;
  int level = 0;
  MPI_Init_thread(&argc, &argv, threads > 1 ? MPI_THREAD_SERIALIZED : MPI_THREAD_FUNNELED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_of_this);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (what == "equal") {
    check_equal<Coupled>("coupled", threads);
    check_equal<Normed>("normed", threads);
    check_equal<Drawn>("drawn", threads);
  } else if (what == "refuse") {
    check_refusals();
  } else if (what == "wrong_size") {
    check_wrong_size();
  } else if (what == "late") {
    be_late();
  } else if (what == "late_bucket") {
    be_late_with_a_bucket();
  } else if (what == "die") {
    die();
  } else if (what == "throw") {
    throw_on_one();
  } else if (what == "stop") {
    stop_one();
  } else if (what == "checkpoint") {
    go_on_from(argc > 2 ? argv[2] : "");
  } else {
    expect(false, "no such check: '" + what + "'");
  }
  MPI_Finalize();
  return failures > 0 ? 1 : 0;
}
