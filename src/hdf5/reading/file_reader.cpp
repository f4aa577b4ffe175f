#include "file_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "names.hpp"
#include "text.hpp"

namespace isthmus::interchange {

Selection selection_of(std::span<const std::int64_t> shape, const std::optional<Rows>& rows,
                       const std::function<FileError(const std::string&, const std::string&)>& wrong) {
  std::vector<std::int64_t> wanted(shape.begin(), shape.end());
  if (rows) {
    if (shape.empty()) throw wrong("rows", "a single number");
    if (rows->first < 0 || rows->count < 0 || rows->first > shape[0] || rows->count > shape[0] - rows->first)
      throw wrong(fmt::format("{} rows from row {} on", rows->count, rows->first),
                  fmt::format("{} rows", shape[0]));
    wanted[0] = rows->count;
  }
  const auto count = data::value_count(wanted);
  if (!count) throw wrong("dimensions whose product is below 2^63", data::shape_text(wanted));
  Selection selection;
  selection.rows = {rows ? rows->first : 0, wanted.empty() ? 1 : wanted[0]};
  if (*count == 0) return selection;
  selection.row_values = static_cast<std::int64_t>(*count) / selection.rows.count;
  constexpr std::int64_t worth_a_call = 1 << 18;  // values: a megabyte of floats
  selection.rows_at_once = std::max<std::int64_t>(1, worth_a_call / selection.row_values);
  return selection;
}

std::string known_names(std::vector<std::string> paths) {
  constexpr std::size_t most = 8;
  const bool more = paths.size() > most;
  paths.resize(std::min(paths.size(), most));
  const std::string list =
      data::joined(paths, ", ", [](const std::string& path) { return shown(path, longest_path); });
  return list.empty() ? "a file without any" : fmt::format("none; there are {}{}", list, more ? ", …" : "");
}

}  // namespace isthmus::interchange
