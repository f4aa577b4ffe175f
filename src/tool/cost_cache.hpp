// Measured costs, remembered from run to run.
#pragma once

#include "cost_meter.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace isthmus::tool {

/// The key of measured times: they are not valid for another CPU, another build of this program or another cut.
struct CostKey {
  std::string graph, target;
  int batch = 0;
};

/// The costs that are stored for a key.
struct RememberedCosts {
  std::map<TaskKind, double> kinds;          ///< seconds
  std::map<int, std::string> best_policies;  ///< by number of threads
};

/// A file of the key's own in ${XDG_CACHE_HOME:-$HOME/.cache}/isthmus, named after the key, the CPU and the build.
/// Only a convenience: what cannot be read or written counts as not there.
std::filesystem::path cost_file(const CostKey& key);
std::optional<RememberedCosts> recall_costs(const CostKey& key);
void remember_costs(const CostKey& key, const RememberedCosts& costs);

}  // namespace isthmus::tool
