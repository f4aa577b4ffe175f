// The order in which training sees its samples, and the next batch, gathered while the current one is in use.
#pragma once

#include <isthmus/data/samples.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <vector>

namespace isthmus::data {

/// One process's part of every batch: the `index`-th of `count` parts of nearly equal size, in order. If a batch
/// has fewer samples than there are parts, some parts are empty.
struct Shard {
  std::size_t index = 0;
  std::size_t count = 1;

  std::size_t begin_of(std::size_t rows) const { return rows * index / count; }
  std::size_t end_of(std::size_t rows) const { return rows * (index + 1) / count; }
  std::size_t most_of(std::size_t rows) const { return (rows + count - 1) / count; }
};

/// Shuffled batches of a data set, or of several in step with each other, double-buffered. It makes no thread:
/// idle workers call `prefetch_some`, and `next` does the rest. Nothing allocates after construction, but for an
/// exception.
///
/// `start_epoch` and `next` are for one thread, the one that trains. `prefetch_some` may be called by any
/// number of threads at any time between construction and destruction.
class BatchSource {
 public:
  /// `batch` is the number of samples in each batch but the last of an epoch, which may be smaller. Throws
  /// ShapeError if it is below 1, or if `samples` are none or more than 2^32 - 1.
  /// With a shard, only that part of every batch is gathered and handed out, which may be nothing.
  BatchSource(const Samples& samples, int batch, std::uint64_t seed, bool shuffle, Shard shard = {});
  /// Of several sets, of which the samples of equal number belong together: an input and its label. Throws
  /// ShapeError if one has another number of samples than the first.
  BatchSource(std::vector<Samples> sets, int batch, std::uint64_t seed, bool shuffle, Shard shard = {});

  /// Begins an epoch, whether or not the one before was finished; the batch handed out last is void. The
  /// order is a pure function of (seed, epoch, number of samples), so a resumed run goes on as it would have: also
  /// within an epoch, whose first batches are left out. Throws ShapeError if it has fewer of them.
  void start_epoch(std::uint32_t epoch, std::size_t first_batch = 0);

  /// The next batch of the first set, batch × shape of a sample, row-major, on a 64-byte boundary, valid until the
  /// next call of `next` or `start_epoch`; nothing at the epoch's end, or if none was started. Throws what
  /// gathering the batch threw, on whatever thread that was, so FileError if its file has become unreadable; from
  /// then on every call does, until an epoch is started.
  std::optional<std::span<const float>> next();
  /// The values of a set in the batch handed out last, as `next` gives the first one's; empty if none was.
  std::span<const float> values(std::size_t set) const;

  /// The numbers, in the set, of the samples of the batch handed out last; empty if none was. Valid as long as it.
  std::span<const std::uint32_t> indices() const;
  /// The number of samples that this batch has in all shards together.
  std::size_t rows() const { return rows_; }

  /// Gathers some 64 samples of the batch after the one handed out. False if nothing was left to take on. A
  /// chunk is claimed in one atomic step, and nothing waits. What fails is for `next` to throw.
  bool prefetch_some() noexcept;

  std::size_t batches_per_epoch() const { return batches_; }

 private:
  struct AlignedDelete {
    void operator()(float* p) const { ::operator delete(p, alignment); }
  };
  /// The batch being gathered: rows [first, first + rows) of the order.
  struct Job {
    std::size_t first = 0;
    std::size_t rows = 0;
    float* out = nullptr;  ///< of the first set
  };

  void publish(std::size_t batch);
  void wait_for(std::uint32_t count);

  static constexpr std::align_val_t alignment{64};

  const Samples& first() const { return sets_.front(); }

  const std::vector<Samples> sets_;
  const std::uint64_t seed_;
  const bool shuffle_;
  const Shard shard_;
  const std::size_t batch_;
  const std::size_t batches_;
  std::vector<std::uint32_t> order_;
  std::vector<std::size_t> set_offsets_;  ///< floats from the first set's values in a buffer
  std::size_t buffer_stride_ = 0;
  std::unique_ptr<float, AlignedDelete> buffers_;
  std::size_t next_batch_;
  const float* handed_out_ = nullptr;  ///< the buffer of that batch
  std::span<const std::uint32_t> indices_;
  std::size_t rows_ = 0;

  // job_ and order_ change only while no chunk is claimed and unfinished. A claim that yields a chunk was
  // made on the word that publishes the job, so a thread that holds a chunk sees the job that it belongs to.
  Job job_;
  // Chunks of the job in the upper half, chunks claimed in the lower, which may run past it.
  alignas(64) std::atomic<std::uint64_t> claims_ = 0;
  alignas(64) std::atomic<std::uint32_t> finished_ = 0;

  // Whoever fails first leaves the reason, before its chunk counts as finished: who has waited for all sees it.
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
};

}  // namespace isthmus::data
