// A caller's samples where they lie, and what may be wrong with them: for loops in which nothing may throw.
#pragma once

#include <cstdint>

namespace isthmus {

/// `count` samples in the caller's memory: each row-major and without gaps, sample i at data + i × stride. No
/// alignment beyond a float's is asked for.
template <class Float>
struct SampleView {
  Float* data = nullptr;
  int count = 0;
  std::int64_t stride = 0;  ///< floats from one sample to the next; 0: one behind the other

  constexpr SampleView() = default;
  constexpr SampleView(Float* first, int samples, std::int64_t distance = 0)
      : data(first), count(samples), stride(distance) {}
};
using Samples = SampleView<const float>;
using MutableSamples = SampleView<float>;

/// Why a call did nothing.
enum class Fault {
  none,
  no_memory,    ///< a null pointer
  count,        ///< no sample, or more than the largest batch
  stride,       ///< less than a sample
  other_count,  ///< not as many results as samples, or not as many samples of each input
  ports,        ///< not the inputs that the program has
  not_finite,   ///< NaN, infinity or an index of no class among the samples of a training step
  other_rank,   ///< another process made a mistake, or does not answer
  in_use,       ///< another thread is using the same object
};

/// A description in one line: `a null pointer where samples were expected`.
const char* text_of(Fault fault) noexcept;

/// The result of a step that never throws.
struct StepResult {
  Fault fault = Fault::none;
  double loss = 0;  ///< before the update
};

}  // namespace isthmus
