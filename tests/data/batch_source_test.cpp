#include <isthmus/data/batch_source.hpp>
#include <isthmus/data/idx.hpp>
#include <isthmus/error.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <thread>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using isthmus::ShapeError;
using isthmus::data::BatchSource;
using isthmus::data::Samples;

namespace {

std::atomic<long> allocations = 0;

}  // namespace

// Replaced for the whole program, to count. Inlined, they would look to GCC like a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

using Floats = std::vector<float>;

constexpr std::size_t sample_size = 3;

/// Sample i is {i, i + 0.25, i + 0.5}: each says which it is, and each of its values says where it belongs.
Samples numbered(std::size_t count) {
  Floats values;
  for (std::size_t i = 0; i < count; ++i) {
    for (const float part : {0.0f, 0.25f, 0.5f}) values.push_back(static_cast<float>(i) + part);
  }
  return Samples("numbered", {sample_size}, std::move(values));
}

/// The numbers of the samples of a batch, after a check that the samples are whole.
std::vector<int> numbers(std::span<const float> batch) {
  REQUIRE(batch.size() % sample_size == 0);
  REQUIRE(reinterpret_cast<std::uintptr_t>(batch.data()) % 64 == 0);
  std::vector<int> result;
  for (std::size_t i = 0; i < batch.size(); i += sample_size) {
    REQUIRE(batch[i + 1] == batch[i] + 0.25f);
    REQUIRE(batch[i + 2] == batch[i] + 0.5f);
    result.push_back(static_cast<int>(batch[i]));
  }
  return result;
}

std::vector<int> epoch_order(BatchSource& source, std::uint32_t epoch) {
  source.start_epoch(epoch);
  std::vector<int> order;
  while (const auto batch = source.next()) {
    const auto part = numbers(*batch);
    order.insert(order.end(), part.begin(), part.end());
  }
  return order;
}

std::vector<int> counting(int n) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<std::size_t> batch_sizes(BatchSource& source) {
  source.start_epoch(0);
  std::vector<std::size_t> sizes;
  while (const auto batch = source.next()) sizes.push_back(batch->size() / sample_size);
  return sizes;
}

}  // namespace

TEST_CASE("every sample comes once an epoch, in an order of the epoch's own") {
  const Samples samples = numbered(1000);
  BatchSource source(samples, 96, 1, true);
  const auto first = epoch_order(source, 0);
  const auto second = epoch_order(source, 1);
  CHECK(first != counting(1000));
  CHECK(first != second);
  for (auto order : {first, second}) {
    std::sort(order.begin(), order.end());
    CHECK(order == counting(1000));
  }
}

TEST_CASE("the order is a function of seed and epoch alone") {
  const Samples samples = numbered(500);
  BatchSource one(samples, 64, 7, true);
  BatchSource other_batch(samples, 100, 7, true);
  BatchSource other_seed(samples, 64, 8, true);
  epoch_order(one, 0);
  epoch_order(one, 1);
  const auto third = epoch_order(one, 2);
  CHECK(epoch_order(other_batch, 2) == third);
  CHECK(epoch_order(other_seed, 2) != third);
  CHECK(epoch_order(one, 2) == third);
}

TEST_CASE("the order of a seed and an epoch stays what it was") {
  // A newer version resumes what an older one began. The numbers are from an independent program.
  const Samples samples = numbered(8);
  BatchSource source(samples, 8, 42, true);
  CHECK(epoch_order(source, 0) == std::vector<int>{4, 3, 5, 6, 0, 7, 1, 2});
  CHECK(epoch_order(source, 3) == std::vector<int>{0, 4, 5, 1, 2, 3, 7, 6});
}

TEST_CASE("all orders are equally likely") {
  const Samples samples = numbered(3);
  BatchSource source(samples, 3, 5, true);
  std::map<std::vector<int>, int> seen;
  constexpr int epochs = 6000;
  for (std::uint32_t epoch = 0; epoch < epochs; ++epoch) ++seen[epoch_order(source, epoch)];
  REQUIRE(seen.size() == 6);
  double chi_squared = 0;
  constexpr double expected = epochs / 6.0;
  for (const auto& [order, times] : seen) chi_squared += (times - expected) * (times - expected) / expected;
  // Five degrees of freedom: a fair shuffle exceeds this once in a thousand seeds.
  CHECK(chi_squared < 20.5);
}

TEST_CASE("without shuffling the samples come as they are") {
  const Samples samples = numbered(130);
  BatchSource source(samples, 50, 1, false);
  CHECK(epoch_order(source, 0) == counting(130));
  CHECK(epoch_order(source, 1) == counting(130));
}

TEST_CASE("the last batch has what is left, and a batch larger than the set is the set") {
  const Samples samples = numbered(130);
  BatchSource partial(samples, 50, 1, true);
  CHECK(partial.batches_per_epoch() == 3);
  CHECK(batch_sizes(partial) == std::vector<std::size_t>{50, 50, 30});
  BatchSource exact(samples, 65, 1, true);
  CHECK(batch_sizes(exact) == std::vector<std::size_t>{65, 65});
  BatchSource larger(samples, 1000, 1, true);
  CHECK(larger.batches_per_epoch() == 1);
  CHECK(batch_sizes(larger) == std::vector<std::size_t>{130});
  BatchSource single(samples, 1, 1, true);
  CHECK(batch_sizes(single) == std::vector<std::size_t>(130, 1));
}

TEST_CASE("slices and bytes are batched as they are read") {
  const Samples bytes = Samples("bytes", {1}, std::vector<std::uint8_t>{0, 255, 51}).slice(1, 2);
  BatchSource source(bytes, 2, 1, false);
  source.start_epoch(0);
  const auto batch = source.next();
  REQUIRE(batch);
  CHECK(Floats(batch->begin(), batch->end()) == Floats{1.0f, 0.2f});
}

TEST_CASE("there is no batch before an epoch is started, nor after it ended") {
  const Samples samples = numbered(10);
  BatchSource source(samples, 5, 1, true);
  CHECK_FALSE(source.prefetch_some());
  CHECK_FALSE(source.next());
  source.start_epoch(0);
  CHECK(source.next());
  CHECK(source.next());
  CHECK_FALSE(source.prefetch_some());
  CHECK_FALSE(source.next());
  CHECK_FALSE(source.next());
}

TEST_CASE("prefetching gathers one batch ahead in chunks, and leaves the one in use alone") {
  const Samples samples = numbered(400);
  BatchSource source(samples, 200, 1, false);
  source.start_epoch(0);
  for (int chunk = 0; chunk < 4; ++chunk) CHECK(source.prefetch_some());
  CHECK_FALSE(source.prefetch_some());
  const auto first = source.next();
  REQUIRE(first);
  const Floats before(first->begin(), first->end());
  while (source.prefetch_some()) {
  }
  CHECK(Floats(first->begin(), first->end()) == before);
  const auto second = source.next();
  REQUIRE(second);
  CHECK(numbers(*second).front() == 200);
}

TEST_CASE("an epoch can be broken off at any point") {
  const Samples samples = numbered(400);
  BatchSource source(samples, 200, 1, true);
  BatchSource undisturbed(samples, 200, 1, true);
  const auto expected = epoch_order(undisturbed, 5);
  source.start_epoch(0);
  CHECK(epoch_order(source, 5) == expected);
  source.start_epoch(0);
  source.prefetch_some();
  CHECK(epoch_order(source, 5) == expected);
  source.start_epoch(0);
  source.next();
  source.prefetch_some();
  CHECK(epoch_order(source, 5) == expected);
}

TEST_CASE("an epoch can be begun after any of its batches") {
  const Samples samples = numbered(100);
  BatchSource source(samples, 16, 5, true);
  const std::vector<int> whole = epoch_order(source, 3);
  for (std::size_t first = 0; first <= source.batches_per_epoch(); ++first) {
    BatchSource resumed(samples, 16, 5, true);
    resumed.start_epoch(3, first);
    std::vector<int> rest;
    while (const auto batch = resumed.next()) {
      const auto part = numbers(*batch);
      rest.insert(rest.end(), part.begin(), part.end());
    }
    CHECK(rest ==
          std::vector<int>(whole.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(first * 16, 100)),
                           whole.end()));
    CHECK_FALSE(resumed.prefetch_some());
  }
  CHECK(message_of<ShapeError>([&] { source.start_epoch(3, 8); }) ==
        "numbered: expected at most 7 batches, found 8 to begin after");
}

TEST_CASE("batches are the same whoever prefetches them, and when") {
  // Large samples: a chunk takes long enough for `next` and `start_epoch` to meet it unfinished.
  constexpr std::size_t count = 1000;
  constexpr std::size_t size = 1000;
  constexpr std::uint32_t epochs = 100;
  Floats values;
  for (std::size_t i = 0; i < count; ++i) values.insert(values.end(), size, static_cast<float>(i));
  const Samples samples("large", {size}, std::move(values));
  BatchSource alone(samples, 300, 3, true);
  BatchSource helped(samples, 300, 3, true);

  std::atomic<int> chunks = 0;
  std::vector<std::jthread> helpers;
  for (int i = 0; i < 3; ++i) {
    helpers.emplace_back([&](std::stop_token stop) {
      while (!stop.stop_requested()) chunks += helped.prefetch_some() ? 1 : 0;
    });
  }
  // The end of each sample, the last sample first: what an unfinished chunk would still lack.
  const auto ends = [](std::span<const float> batch) {
    Floats found;
    for (std::size_t end = batch.size(); end > 0; end -= size) found.push_back(batch[end - 1]);
    return found;
  };
  int wrong = 0;
  for (std::uint32_t epoch = 0; epoch < epochs; ++epoch) {
    // The helpers also meet epochs that are broken off, at once and after a batch.
    for (std::uint32_t broken_off = 0; broken_off < 8; ++broken_off) {
      helped.start_epoch(broken_off);
      std::this_thread::yield();
    }
    if (epoch % 2 == 0) helped.next();
    helped.start_epoch(epoch);
    alone.start_epoch(epoch);
    while (const auto expected = alone.next()) {
      const auto batch = helped.next();
      wrong += batch && ends(*batch) == ends(*expected) ? 0 : 1;
      // Once more and whole, after the helpers had time to spoil it.
      std::this_thread::yield();
      wrong += batch && std::equal(batch->begin(), batch->end(), expected->begin(), expected->end()) ? 0 : 1;
    }
    wrong += helped.next() ? 1 : 0;
  }
  CHECK(wrong == 0);
  // On a busy machine the helpers may not have had their turn yet.
  helped.start_epoch(0);
  while (chunks == 0) std::this_thread::yield();
}

TEST_CASE("nothing allocates after construction, whether samples are held or read from their file") {
  const TemporaryFolder folder;
  isthmus::data::write_idx(folder / "floats", std::vector<std::int64_t>{1000, 7}, Floats(7000, 0.5f));
  isthmus::data::write_idx(folder / "bytes", std::vector<std::int64_t>{1000, 7},
                           std::vector<std::uint8_t>(7000, 9));
  for (const Samples& samples : {numbered(1000), isthmus::data::read_idx_samples(folder / "floats", 0),
                                 isthmus::data::read_idx_samples(folder / "bytes", 0)}) {
    INFO(samples.name());
    BatchSource source(samples, 96, 1, true);
    const long before = allocations;
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      source.start_epoch(epoch);
      source.prefetch_some();
      while (source.next()) source.prefetch_some();
    }
    const long after = allocations;
    CHECK(after == before);
    CHECK(before > 0);
  }
}

TEST_CASE("batches of nothing are refused") {
  const Samples samples = numbered(10);
  CHECK_THROWS_AS(BatchSource(samples, 0, 1, true), ShapeError);
  CHECK_THROWS_AS(BatchSource(samples, -3, 1, true), ShapeError);
  CHECK_THROWS_AS(BatchSource(Samples(), 1, 1, true), ShapeError);
}

TEST_CASE("shards of a batch side by side are the batch, also where some have nothing") {
  for (const int batch : {1, 2, 7, 100})
    for (const std::size_t shards : {1u, 2u, 3u}) {
      INFO("batches of " << batch << " in " << shards << " shards");
      BatchSource whole(numbered(95), batch, 4, true);
      std::vector<std::unique_ptr<BatchSource>> parts;
      for (std::size_t s = 0; s < shards; ++s)
        parts.push_back(
            std::make_unique<BatchSource>(numbered(95), batch, 4, true, isthmus::data::Shard{s, shards}));
      whole.start_epoch(3);
      for (const auto& part : parts) part->start_epoch(3);
      while (const auto all = whole.next()) {
        std::vector<int> joined;
        std::size_t smallest = 1000, largest = 0;
        for (const auto& part : parts) {
          const auto rows = part->next();
          REQUIRE(rows);
          CHECK(part->rows() == whole.rows());
          CHECK(part->indices().size() * sample_size == rows->size());
          for (const std::uint32_t i : part->indices()) joined.push_back(static_cast<int>(i));
          CHECK(numbers(*rows) == std::vector<int>(part->indices().begin(), part->indices().end()));
          smallest = std::min(smallest, part->indices().size());
          largest = std::max(largest, part->indices().size());
        }
        CHECK(joined == numbers(*all));
        CHECK(largest - smallest <= 1);
      }
      for (const auto& part : parts) CHECK_FALSE(part->next());
    }
}

TEST_CASE("several sets are shuffled together and stay in step, in shards as well") {
  constexpr std::size_t count = 95, label_size = 3;
  Floats labels;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < label_size; ++j) labels.push_back(static_cast<float>(10 * i + j));
  const Samples images = numbered(count), other("labels", {label_size}, labels);
  BatchSource alone(images, 16, 7, true);
  BatchSource both(std::vector<Samples>{images, other}, 16, 7, true);
  BatchSource half(std::vector<Samples>{images, other}, 16, 7, true, isthmus::data::Shard{1, 2});
  CHECK(both.values(1).empty());
  for (const std::uint32_t epoch : {1u, 2u}) {
    alone.start_epoch(epoch);
    both.start_epoch(epoch);
    half.start_epoch(epoch);
    while (const auto expected = alone.next()) {
      const auto found = both.next();
      REQUIRE(found);
      CHECK(std::equal(found->begin(), found->end(), expected->begin(), expected->end()));
      const std::span<const float> beside = both.values(1);
      REQUIRE(beside.size() == both.indices().size() * label_size);
      for (std::size_t row = 0; row < both.indices().size(); ++row)
        for (std::size_t j = 0; j < label_size; ++j)
          CHECK(beside[row * label_size + j] == static_cast<float>(10 * both.indices()[row] + j));
      REQUIRE(half.next());
      const std::span<const float> part = half.values(1);
      CHECK(std::equal(part.begin(), part.end(), beside.end() - static_cast<std::ptrdiff_t>(part.size())));
      both.prefetch_some();
    }
    CHECK_FALSE(both.next());
    CHECK(both.values(1).empty());
  }
  CHECK(message_of<ShapeError>([&] { BatchSource(std::vector<Samples>{images, numbered(94)}, 16, 7, true); }) ==
        "numbered: expected 95 samples, as numbered has, found 94");
}
