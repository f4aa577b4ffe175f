#include <isthmus/data/batch_source.hpp>
#include <isthmus/error.hpp>
#include <isthmus/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace isthmus::data {
namespace {

// 64 images of MNIST are 200 kB of floats, some 20 µs of work: long against a claim, short to wait for.
constexpr std::size_t chunk_rows = 64;

std::size_t chunks_of(std::size_t rows) { return (rows + chunk_rows - 1) / chunk_rows; }

constexpr std::uint32_t chunks(std::uint64_t claims) { return static_cast<std::uint32_t>(claims >> 32); }
constexpr std::uint32_t claimed(std::uint64_t claims) { return static_cast<std::uint32_t>(claims); }

/// Uniform words of one epoch, drawn in order.
class UniformWords {
 public:
  UniformWords(std::uint64_t seed, std::uint32_t epoch) : seed_(seed), epoch_(epoch) {}

  /// Uniform in [0, range), without bias. Source: D. Lemire, "Fast random integer generation in an interval",
  /// ACM TOMACS 29 (2019), algorithm 5.
  std::uint32_t below(std::uint32_t range) {
    std::uint64_t product = std::uint64_t{word()} * range;
    if (static_cast<std::uint32_t>(product) < range) {
      const std::uint32_t threshold = (0u - range) % range;
      while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{word()} * range;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

 private:
  std::uint32_t word() { return random_word(seed_, Purpose::shuffle, epoch_, drawn_++); }

  std::uint64_t seed_;
  std::uint32_t epoch_;
  std::uint64_t drawn_ = 0;
};

/// Durstenfeld's form of the Fisher-Yates shuffle, from the sorted order.
void permute(std::span<std::uint32_t> order, std::uint64_t seed, std::uint32_t epoch) {
  std::iota(order.begin(), order.end(), 0u);
  UniformWords words(seed, epoch);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[words.below(static_cast<std::uint32_t>(i))]);
  }
}

std::size_t checked_batch(const std::vector<Samples>& sets, int batch) {
  const Samples& samples = sets.front();
  if (batch < 1) throw ShapeError(fmt::format("a batch: expected at least 1 sample, found {}", batch));
  if (samples.count() < 1 || samples.count() > std::numeric_limits<std::uint32_t>::max()) {
    throw ShapeError(fmt::format("{}: expected 1 to 2^32 - 1 samples, found {}", samples.name(), samples.count()));
  }
  for (const Samples& set : sets)
    if (set.count() != samples.count())
      throw ShapeError(fmt::format("{}: expected {} samples, as {} has, found {}", set.name(), samples.count(),
                                   samples.name(), set.count()));
  return std::min(static_cast<std::size_t>(batch), samples.count());
}

}  // namespace

BatchSource::BatchSource(const Samples& samples, int batch, std::uint64_t seed, bool shuffle, Shard shard)
    : BatchSource(std::vector<Samples>{samples}, batch, seed, shuffle, shard) {}

BatchSource::BatchSource(std::vector<Samples> sets, int batch, std::uint64_t seed, bool shuffle, Shard shard)
    : sets_(std::move(sets)),
      seed_(seed),
      shuffle_(shuffle),
      shard_(shard),
      batch_(checked_batch(sets_, batch)),
      batches_((first().count() + batch_ - 1) / batch_),
      order_(first().count()),
      next_batch_(batches_) {
  constexpr std::size_t line = static_cast<std::size_t>(alignment) / sizeof(float);
  for (const Samples& set : sets_) {
    set_offsets_.push_back(buffer_stride_);
    buffer_stride_ += (shard_.most_of(batch_) * set.sample_size() + line - 1) / line * line;
  }
  buffers_.reset(static_cast<float*>(::operator new(2 * buffer_stride_ * sizeof(float), alignment)));
  std::iota(order_.begin(), order_.end(), 0u);
}

void BatchSource::start_epoch(std::uint32_t epoch, std::size_t first_batch) {
  if (first_batch > batches_)
    throw ShapeError(fmt::format("{}: expected at most {} batches, found {} to begin after", first().name(),
                                 batches_, first_batch));
  const std::uint64_t last = claims_.exchange(0, std::memory_order_relaxed);
  wait_for(std::min(claimed(last), chunks(last)));
  failed_.store(false, std::memory_order_relaxed);
  failure_ = nullptr;
  if (shuffle_) permute(order_, seed_, epoch);
  next_batch_ = first_batch;
  indices_ = {};
  if (first_batch < batches_) publish(first_batch);
}

std::span<const std::uint32_t> BatchSource::indices() const { return indices_; }

std::optional<std::span<const float>> BatchSource::next() {
  if (next_batch_ == batches_) {
    indices_ = {};
    return std::nullopt;
  }
  while (prefetch_some()) {
  }
  wait_for(chunks(claims_.load(std::memory_order_relaxed)));
  if (failure_) {
    indices_ = {};
    std::rethrow_exception(failure_);
  }
  handed_out_ = job_.out;
  indices_ = std::span(order_).subspan(job_.first, job_.rows);
  rows_ = std::min(batch_, first().count() - next_batch_ * batch_);
  if (++next_batch_ < batches_) publish(next_batch_);
  return values(0);
}

std::span<const float> BatchSource::values(std::size_t set) const {
  if (handed_out_ == nullptr) return {};
  return {handed_out_ + set_offsets_[set], indices_.size() * sets_[set].sample_size()};
}

bool BatchSource::prefetch_some() noexcept {
  // Idle callers come back again and again: without this look, their claims would overflow the lower half.
  const std::uint64_t seen = claims_.load(std::memory_order_relaxed);
  if (claimed(seen) >= chunks(seen)) return false;
  const std::uint64_t claim = claims_.fetch_add(1, std::memory_order_acquire);
  if (claimed(claim) >= chunks(claim)) return false;
  const std::size_t row = claimed(claim) * chunk_rows;
  const std::size_t rows = std::min(chunk_rows, job_.rows - row);
  try {
    const auto numbers = std::span(order_).subspan(job_.first + row, rows);
    for (std::size_t s = 0; s < sets_.size(); ++s)
      sets_[s].gather(numbers, job_.out + set_offsets_[s] + row * sets_[s].sample_size());
  } catch (...) {
    if (!failed_.exchange(true, std::memory_order_relaxed)) failure_ = std::current_exception();
  }
  finished_.fetch_add(1, std::memory_order_release);
  finished_.notify_one();
  return true;
}

void BatchSource::publish(std::size_t batch) {
  const std::size_t first = batch * batch_;
  const std::size_t rows = std::min(batch_, sets_.front().count() - first);
  job_ = {first + shard_.begin_of(rows), shard_.end_of(rows) - shard_.begin_of(rows),
          buffers_.get() + batch % 2 * buffer_stride_};
  finished_.store(0, std::memory_order_relaxed);
  claims_.store(std::uint64_t{chunks_of(job_.rows)} << 32, std::memory_order_release);
}

void BatchSource::wait_for(std::uint32_t count) {
  for (;;) {
    const std::uint32_t finished = finished_.load(std::memory_order_acquire);
    if (finished == count) return;
    finished_.wait(finished, std::memory_order_acquire);
  }
}

}  // namespace isthmus::data
