// The caller's samples on one side of a program.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <cstdint>

#include "lower/steps.hpp"

namespace isthmus::run {

/// A program's input, or its output, in the caller's memory. Samples of several rows, such as images, are read and
/// written in place only if they are contiguous: strided ones are copied to a staging buffer, or from it. Samples
/// of one row have a stride anyway.
class StagedSamples {
 public:
  /// `value`: -1 if the program has no such side. `stage`: the staging buffer, of plan::staging_bytes.
  StagedSamples(const plan::PlanView& plan, int value, float* stage) noexcept;

  /// Floats of a sample; 0 if there is no such side.
  std::int64_t size() const noexcept { return size_; }

  /// Binds the steps to the samples, or to the staging buffer: true if the samples are to be copied. `stride`:
  /// floats from one sample to the next; 0: one behind the other.
  bool point(lower::Steps& steps, float* samples, std::int64_t stride) const noexcept;
  void copy_in(const float* from, std::int64_t stride, int samples) const noexcept;
  void copy_out(float* to, std::int64_t stride, int samples) const noexcept;

 private:
  int value_;
  int rows_ = 0;  ///< of a sample
  int columns_ = 0;
  std::int64_t size_ = 0;
  float* stage_;
};

}  // namespace isthmus::run
