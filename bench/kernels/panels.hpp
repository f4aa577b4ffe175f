// Matrices as the kernels take them, for measurements of products alone.
#pragma once

#include <isthmus/lower/program.hpp>
#include <isthmus/plan/memory.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace bench {

/// A matrix in panels, filled with small numbers.
class Matrix {
 public:
  Matrix(int rows, int columns)
      : stride_(isthmus::plan::panel_rows(rows) * isthmus::plan::panel_width),
        data_(static_cast<float*>(std::aligned_alloc(64, floats(columns) * sizeof(float))), &std::free) {
    for (std::size_t i = 0; i < floats(columns); ++i) data_.get()[i] = static_cast<float>(i % 13) * 0.01f;
  }
  isthmus::lower::View view() const { return {data_.get(), isthmus::plan::panel_width, stride_, false}; }

 private:
  std::size_t floats(int columns) const {
    return static_cast<std::size_t>(stride_ * isthmus::plan::panels_of(columns));
  }

  std::int64_t stride_;
  std::unique_ptr<float, decltype(&std::free)> data_;
};

}  // namespace bench
