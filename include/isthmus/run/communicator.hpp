// The communication of a training step with the other processes that train the same model. MPI is not used here
// but in isthmus/mpi/.
#pragma once

#include <isthmus/lower/program.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace isthmus::run {

/// Values that are summed over all processes in one message.
struct Bucket {
  std::int64_t count = 0;
  bool doubles = false;  ///< else floats
};

/// The processes (ranks) that train together. Sums have a fixed order, ((rank 0 + rank 1) + rank 2) + …, element
/// by element, in the type of the bucket: every rank gets the same bits, in every run.
///
/// After a failure nothing waits any more, sums are wrong, and `check` throws.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Every rank's values in the order of the ranks; `all` has room for size() × mine. Waits for the others. Throws
  /// Error if they do not come.
  virtual void all_gather(std::span<const double> mine, std::span<double> all) = 0;

  /// Declares the buckets for which `start` will be called, the same on every rank. Everything is allocated here.
  virtual void prepare(std::span<const Bucket> buckets) = 0;
  /// Starts to sum a bucket in place; its values are not to be touched until `poll` has named it. May be called by
  /// any thread, ranks may start their buckets in different orders, and nothing waits.
  virtual void start(int bucket, void* values) noexcept = 0;
  /// Lets messages go on; a bucket that has been summed since, or -1. May be called by any thread at any time; one
  /// at a time gets something done, the others do not wait.
  virtual int poll() noexcept = 0;

  /// Throws Error if something has failed.
  virtual void check() = 0;
};

/// A setting that must be equal on all ranks: `value` is compared.
struct Alike {
  const char* name = "";
  double value = 0;
};
/// Throws Error on every rank, naming the first thing that differs and where, unless all are alike.
void require_alike(Communicator& communicator, std::span<const Alike> mine);

/// The properties that must be equal on all ranks before they can train together.
struct RunIdentity {
  std::uint64_t graph = 0;       ///< of the plan: nodes, names, shapes, buckets
  std::uint64_t arithmetic = 0;  ///< of its name: others round differently
  std::uint64_t seed = 0;
  std::uint64_t max_batch = 0;
};
RunIdentity identity_of(const lower::Program& program, int max_batch, std::uint64_t seed);

/// Throws Error on every rank, with what differs and where, unless all are alike.
void require_same_run(Communicator& communicator, const RunIdentity& mine);

/// A rank's place in a batch of all ranks, in the order of the ranks.
struct Share {
  int first = 0;    ///< samples of lower ranks
  int all = 0;      ///< samples of all ranks
  double mean = 0;  ///< of all values of all samples
};

/// A rank's data and settings for its next step.
struct Offer {
  int samples = 0;  ///< any number from 0; -1: what it was given is wrong
  double sum = 0;   ///< of their values, if that is of interest
  double step = 0, learning_rate = 0;
};
inline constexpr std::size_t offer_numbers = 4;

/// Tells the others what this rank has. Throws ShapeError on every rank if one was given something wrong or none
/// has any sample, Error if they are not about to do the same step. `room`: for offer_numbers · size() numbers.
Share agree_on_share(Communicator& communicator, const Offer& mine, int values_per_sample, std::span<double> room);

}  // namespace isthmus::run
