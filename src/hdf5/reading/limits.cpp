#include "limits.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

namespace isthmus::interchange {
namespace {

/// Bytes of memory that are this process's alone, as RLIMIT_DATA counts them: proc(5), /proc/pid/statm, "data".
std::optional<std::uint64_t> own_memory() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  if (!(file >> size >> resident >> shared >> text >> library >> data)) return std::nullopt;
  return data * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void limit_memory(std::uint64_t bytes) {
  const auto own = own_memory();
  rlimit limit{};
  if (!own || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(*own + bytes, limit.rlim_max);
  ::setrlimit(RLIMIT_DATA, &limit);
}

void limit_time(std::chrono::seconds limit) { ::alarm(static_cast<unsigned>(limit.count())); }

}  // namespace isthmus::interchange
