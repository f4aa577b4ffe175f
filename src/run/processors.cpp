#include <isthmus/run/processors.hpp>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <string_view>
#include <vector>

#include "run/control_groups.hpp"

namespace isthmus::run {
namespace {

constexpr double no_quota = std::numeric_limits<double>::infinity();

double number_in(std::string_view text, double otherwise) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : otherwise;
}

/// The number of processors that one group allows.
double quota_of(const ControlGroup& group) {
  if (group.version == 2) {
    const std::string text = file_text(group.folder + "/cpu.max");  // `50000 100000`, `max 100000`
    std::string_view rest = text;
    const double quota = number_in(take(rest, ' '), no_quota), period = number_in(rest, 0);
    return quota > 0 && period > 0 ? quota / period : no_quota;
  }
  const double quota = number_in(file_text(group.folder + "/cpu.cfs_quota_us"), -1);  // -1: no limit
  const double period = number_in(file_text(group.folder + "/cpu.cfs_period_us"), 0);
  return quota > 0 && period > 0 ? quota / period : no_quota;
}

int size_of_affinity_mask(int otherwise) {
  for (std::size_t most = CPU_SETSIZE; most <= (std::size_t{1} << 20); most *= 2) {
    std::vector<cpu_set_t> masks(most / CPU_SETSIZE);
    if (sched_getaffinity(0, masks.size() * sizeof(cpu_set_t), masks.data()) == 0)
      return std::max(CPU_COUNT_S(masks.size() * sizeof(cpu_set_t), masks.data()), 1);
    if (errno != EINVAL) break;  // The kernel's mask is larger.
  }
  return otherwise;
}

}  // namespace

int Processors::threads_of_each(int processes) const noexcept {
  const double all = std::min(quota, static_cast<double>(of_machine));
  return std::clamp(static_cast<int>(all / std::max(processes, 1)), 1, bound_to);
}

Processors find_processors(const std::string& root) {
  Processors found;
  found.of_machine = static_cast<int>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
  found.bound_to = size_of_affinity_mask(found.of_machine);
  for (const ControlGroup& group : control_groups(root, "cpu"))
    found.quota = std::min(found.quota, quota_of(group));
  return found;
}

int threads_of_process() {
  static const int threads = find_processors().threads_of_each();
  return threads;
}

}  // namespace isthmus::run
