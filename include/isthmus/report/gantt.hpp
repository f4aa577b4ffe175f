// A picture of who worked when: a lane for each worker.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace isthmus::report {

/// A block in a lane, of a kind that has a colour and a name.
struct Span {
  int lane = 0;
  double begin = 0, end = 0;  ///< milliseconds
  int kind = 0;
};

/// Lanes from the top, time to the right, one colour for each kind, whose names are the legend. Kinds without a
/// span are left out of it. Throws ShapeError if a span has a kind without a name, or ends before it begins.
std::string gantt_script(const std::vector<Span>& spans, const std::vector<std::string>& kinds,
                         const std::string& title);

/// Draws it as PNG, whole or not at all. Throws FileError, and Error if gnuplot fails.
void write_gantt(const std::filesystem::path& path, const std::vector<Span>& spans,
                 const std::vector<std::string>& kinds, const std::string& title);

}  // namespace isthmus::report
