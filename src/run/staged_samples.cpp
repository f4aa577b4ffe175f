#include "run/staged_samples.hpp"

#include <algorithm>

namespace isthmus::run {

StagedSamples::StagedSamples(const plan::PlanView& plan, int value, float* stage) noexcept
    : value_(value), stage_(stage) {
  if (value < 0) return;
  rows_ = plan.values[value].rows;
  columns_ = plan.values[value].columns;
  size_ = std::int64_t{rows_} * columns_;
}

bool StagedSamples::point(lower::Steps& steps, float* samples, std::int64_t stride) const noexcept {
  if (value_ < 0) return false;
  const bool is_staged = stride != 0 && stride != size_ && rows_ > 1;
  steps.point(value_, is_staged ? stage_ : samples, rows_ == 1 && stride != 0 ? stride : columns_);
  return is_staged;
}

void StagedSamples::copy_in(const float* from, std::int64_t stride, int samples) const noexcept {
  for (int i = 0; i < samples; ++i) std::copy_n(from + i * stride, size_, stage_ + i * size_);
}

void StagedSamples::copy_out(float* to, std::int64_t stride, int samples) const noexcept {
  for (int i = 0; i < samples; ++i) std::copy_n(stage_ + i * size_, size_, to + i * stride);
}

}  // namespace isthmus::run
