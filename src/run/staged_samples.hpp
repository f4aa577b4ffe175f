// The caller's samples on one side of a program.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <cstdint>

#include "lower/steps.hpp"

namespace isthmus::run {

/// A program's input, or its output, in the caller's memory. Samples of several rows, such as images, are read and
/// written where they lie only if they are one behind the other: strided ones are copied to a stage, or from
/// there. Samples of one row have a stride anyway.
class StagedSamples {
 public:
  /// `value`: -1 if the program has no such side. `stage`: plan::staging_bytes.
  StagedSamples(const plan::PlanView& plan, int value, float* stage) noexcept;

  /// Numbers of a sample; 0 if there is no such side.
  std::int64_t size() const noexcept { return size_; }

  /// Points the steps at the samples, or at the stage: true if these are to be copied. `stride`: floats from one
  /// sample to the next; 0: one behind the other.
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
