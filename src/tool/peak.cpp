#include "peak.hpp"

namespace isthmus::tool {

PeakMeter::PeakMeter(double (*measure_peak)(double seconds), int threads)
    : measure_peak_(measure_peak), meter_(threads) {}

double PeakMeter::measure(double seconds) {
  return meter_.measure([&](int) { return measure_peak_(seconds); });
}

}  // namespace isthmus::tool
