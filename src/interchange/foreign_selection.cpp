#include "foreign_selection.hpp"

#include <isthmus/error.hpp>

#include <algorithm>

#include "foreign_names.hpp"
#include "text.hpp"

namespace isthmus::interchange {
namespace {

using Parts = std::vector<std::string>;

bool begins(const Parts& name, std::size_t from, const Parts& with) {
  return name.size() >= from + with.size() &&
         std::equal(with.begin(), with.end(), name.begin() + static_cast<std::ptrdiff_t>(from));
}

/// The prefix that DataParallel and AveragedModel put before every name of the wrapped model; repeated if one
/// wraps the other.
constexpr const char* wrapper = "module";

/// The number of leading parts of all names that are not of the model: those skipped so far, and wrappers. A name
/// keeps a layer and a part.
std::size_t count_wrappers(const std::vector<Parts>& names, std::size_t skipped) {
  if (names.empty()) return skipped;
  const auto is_wrapped = [&](const Parts& name) {
    return name.size() >= skipped + 3 && name[skipped] == wrapper;
  };
  while (std::all_of(names.begin(), names.end(), is_wrapped)) ++skipped;
  return skipped;
}

/// Whether the name begins with `called`, as a whole or after the prefix and the wrappers of a model there.
bool is_called(const Parts& name, std::size_t prefix, const Parts& called) {
  if (called.empty()) return false;
  if (begins(name, 0, called)) return true;
  for (std::size_t at = prefix; at < name.size(); ++at) {
    if (begins(name, at, called)) return true;
    if (name[at] != wrapper) return false;
  }
  return false;
}

/// A name that is to be ignored, and whether the file has it.
struct Ignored {
  std::string name;
  Parts parts;
  bool found = false;
};

}  // namespace

ForeignSelection select_tensors(const ForeignWeights& weights, const ImportOptions& options) {
  ForeignSelection selection;
  selection.passed_over = weights.passed_over;
  const Parts prefix = parts_of(options.prefix);
  std::vector<Ignored> ignored;
  for (const std::string& name : options.ignored) ignored.push_back({name, parts_of(name)});
  for (const std::string& name : weights.passed_over)
    for (Ignored& other : ignored) other.found = other.found || is_called(parts_of(name), 0, other.parts);
  std::vector<Parts> names;
  bool any_below = false;
  for (std::size_t i = 0; i < weights.tensors.size(); ++i) {
    const ForeignTensor& tensor = weights.tensors[i];
    Parts name = parts_of(tensor.name);
    const bool is_below = name.size() > prefix.size() && begins(name, 0, prefix);
    any_below = any_below || is_below;
    bool is_ignored = false;
    for (Ignored& other : ignored) {
      const bool is_it = is_called(name, is_below ? prefix.size() : 0, other.parts) ||
                         (!tensor.layer.empty() && tensor.layer == other.name);
      other.found = other.found || is_it;
      is_ignored = is_ignored || is_it;
    }
    if (!is_below || is_ignored || is_passed_over(name)) {
      selection.passed_over.push_back(tensor.name);
    } else {
      selection.tensors.push_back(static_cast<int>(i));
      names.push_back(std::move(name));
    }
  }
  if (!any_below && !prefix.empty())
    throw FileError(weights.file, "", "tensors below " + in_quotes(options.prefix), "none");
  for (const Ignored& other : ignored)
    if (!other.found)
      throw FileError(weights.file, "", "a tensor to ignore, called " + in_quotes(other.name) + " or below that",
                      "none");
  selection.skipped = count_wrappers(names, prefix.size());
  return selection;
}

}  // namespace isthmus::interchange
