// NaN and infinity are found wherever they are, and nothing else is.
#include <isthmus/lower/finite.hpp>

#include "support/targets.hpp"

#include <limits>
#include <vector>

using namespace isthmus;
using namespace isthmus::testing;

TEST_CASE("what is no finite number is found at every place, on every target") {
  using Limits = std::numeric_limits<float>;
  for_each_target([] {
    for (const int count : {1, 2, 15, 16, 17, 63, 64, 65, 200}) {
      // Odd addresses; what lies around does not count.
      std::vector<float> memory(static_cast<std::size_t>(count) + 2, Limits::quiet_NaN());
      float* const values = memory.data() + 1;
      const float numbers[] = {Limits::max(), Limits::lowest(), Limits::denorm_min(), -0.0f, 1.5f};
      for (int i = 0; i < count; ++i) values[i] = numbers[i % 5];
      CHECK(lower::all_finite(values, count));
      CHECK(lower::all_finite(values, 0));
      for (int i = 0; i < count; ++i)
        for (const float bad : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::signaling_NaN(),
                                Limits::infinity(), -Limits::infinity()}) {
          const float kept = values[i];
          values[i] = bad;
          const bool finite = lower::all_finite(values, count);
          values[i] = kept;
          if (finite) FAIL("value " << i << " of " << count << ": " << bad);
        }
    }
  });
}
