#include "run/arena.hpp"

#include <isthmus/error.hpp>
#include <isthmus/plan/memory.hpp>

#include <sys/mman.h>

#include <algorithm>

#include "run/formatted.hpp"

namespace isthmus::run {
namespace {

constexpr std::size_t large_page = std::size_t{2} << 20;

}  // namespace

Arena::Arena(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  const std::align_val_t alignment{size >= large_page ? large_page : std::size_t{plan::cache_line}};
  const std::size_t floats = size / sizeof(float);
  own_ = std::unique_ptr<float[], Delete>(new (alignment) float[floats], Delete(alignment));
  data_ = own_.get();
  // Only a hint: if the system refuses it, nothing else changes.
  if (size >= large_page) ::madvise(data_, size, MADV_HUGEPAGE);
  std::fill_n(data_, floats, 0.0f);
}

Arena::Arena(std::span<std::byte> memory, std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* first = memory.data();
  std::size_t space = memory.size();
  if (first == nullptr || std::align(std::size_t{plan::cache_line}, size, first, space) == nullptr)
    throw ShapeError(formatted("workspace: expected at least %lld bytes, found %zu",
                               static_cast<long long>(bytes + plan::cache_line),
                               first == nullptr ? std::size_t{0} : memory.size()));
  const std::size_t floats = size / sizeof(float);
  data_ = static_cast<float*>(first);
  std::uninitialized_fill_n(data_, floats, 0.0f);
}

}  // namespace isthmus::run
