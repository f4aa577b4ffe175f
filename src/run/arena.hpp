// The memory that a program runs in: the session's own, or a caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace isthmus::run {

/// Zeroed floats, aligned to a cache line at least.
class Arena {
 public:
  Arena() = default;
  /// Memory of its own. From two MiB on it is aligned to, and asks for, the system's large pages: panels are far
  /// apart, and with small pages the address translation would cost more than the arithmetic at small batches.
  explicit Arena(std::int64_t bytes);
  /// The caller's, which has to be large enough for `bytes` behind the first aligned address. Throws ShapeError.
  Arena(std::span<std::byte> memory, std::int64_t bytes);

  float* get() const { return data_; }

 private:
  struct Delete {
    std::align_val_t alignment = std::align_val_t{64};
    Delete() {}
    explicit Delete(std::align_val_t given) : alignment(given) {}
    void operator()(float* p) const { ::operator delete[](p, alignment); }
  };
  std::unique_ptr<float[], Delete> own_;
  float* data_ = nullptr;
};

}  // namespace isthmus::run
