// The processes of an MPI communicator, as training sees them.
#pragma once

#include <isthmus/run/communicator.hpp>

#include <mpi.h>

#include <chrono>
#include <memory>

namespace isthmus::mpi {

struct Options {
  /// The time to wait for other ranks before they count as dead. A rank that is killed is noticed earlier: MPI
  /// ends the others.
  std::chrono::duration<double> timeout = std::chrono::seconds(300);
};

/// Sums by nonblocking messages, each bucket on a communicator of its own, so that ranks may start them in any
/// order. Of a large bucket each rank sums one piece: it gets that from all others, and sends its sum to all. A
/// small one is sent whole, and every rank sums all of it. Both add in the order of the ranks: the same bits.
/// (MPI_Iallreduce leaves the order to the library, which may choose another for each size and number of ranks.)
///
/// MPI has to be initialized, and finalized only after this object is gone. With MPI_THREAD_SERIALIZED or more any
/// worker lets messages go on, one at a time; otherwise only the thread that made this object calls MPI. Nobody
/// else may call MPI during a step unless it was initialized with MPI_THREAD_MULTIPLE. MPI's own errors are
/// handled as the given communicator's error handler says: by default they end all processes.
///
/// If it is destroyed by an exception, those who wait for this rank get their error at once. Ranks that have
/// failed may still not be able to finalize MPI, which waits for all: `end_all_ranks` is how they end.
class Communicator : public run::Communicator {
 public:
  /// Collective, as are the destructor, `all_gather` and `prepare`.
  explicit Communicator(MPI_Comm communicator, const Options& options = {});
  ~Communicator() override;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const override;
  int size() const override;
  void all_gather(std::span<const double> mine, std::span<double> all) override;
  void prepare(std::span<const run::Bucket> buckets) override;
  void start(int bucket, void* values) noexcept override;
  int poll() noexcept override;
  void check() override;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

/// Says on standard error which rank has failed and why, in one line, and ends all ranks of the communicator by
/// MPI_Abort: for the handler of whatever was thrown. MPI_Finalize would wait for ranks that do not answer, for
/// ever.
[[noreturn]] void end_all_ranks(MPI_Comm communicator, const char* what) noexcept;

}  // namespace isthmus::mpi
