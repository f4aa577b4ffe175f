// The picture of bench_scaling's measurements.
#pragma once

#include <string>
#include <vector>

namespace bench {

/// One measurement, and what the machine could do in the same moments.
struct Point {
  std::string sweep;  ///< what changes along the curve: "batch" or "width"
  std::string mode;   ///< "train" or "reconstruct"
  int width = 0, batch = 0;
  double median_ms = 0, min_ms = 0;
  double flops = 0, bytes = 0;           ///< of a step
  double peak_flops = 0, bandwidth = 0;  ///< of the machine, per second
  double compute_ms() const { return flops / peak_flops * 1e3; }
  double memory_ms() const { return bytes / bandwidth * 1e3; }
  /// No step is faster (Williams, Waterman and Patterson 2009, "Roofline").
  double roof_ms() const { return compute_ms() > memory_ms() ? compute_ms() : memory_ms(); }
};

/// The points as a script for gnuplot that draws a PNG: times over the batch, and over the width, each with its
/// roof.
std::string scaling_script(const std::vector<Point>& points, const std::string& machine);

}  // namespace bench
