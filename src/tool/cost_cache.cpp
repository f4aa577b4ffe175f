#include "cost_cache.hpp"

#include "sha256.hpp"

#include <isthmus.h>
#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "dump/json.hpp"

namespace isthmus::tool {
namespace {

namespace fs = std::filesystem;

/// More than any machine that is known to us writes into one of these.
constexpr std::uintmax_t largest_file = 4 << 20;

/// The first processor's, as Linux says it: x86's have a name, Arm's have numbers for who made which.
std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  std::string name;
  for (std::string line; std::getline(info, line) && !line.empty();)
    if (line.starts_with("model name") || line.starts_with("CPU ")) name += line;
  return name.empty() ? "unknown" : name;
}

/// The name of this program's build: another build has other kernels.
std::string build_name() {
  std::error_code unreadable;
  const fs::path self = fs::read_symlink("/proc/self/exe", unreadable);
  if (unreadable) return ISTHMUS_VERSION_STRING;
  const auto size = fs::file_size(self, unreadable);
  const auto time = fs::last_write_time(self, unreadable);
  if (unreadable) return ISTHMUS_VERSION_STRING;
  return fmt::format("{} {} {}", ISTHMUS_VERSION_STRING, size, time.time_since_epoch().count());
}

fs::path cache_folder() {
  for (const auto& [variable, below] : {std::pair{"XDG_CACHE_HOME", ""}, std::pair{"HOME", ".cache"}}) {
    const char* const value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return fs::path(value) / below / "isthmus";
  }
  return {};
}

}  // namespace

fs::path cost_file(const CostKey& key) {
  const fs::path folder = cache_folder();
  if (folder.empty()) return {};
  const std::string text = fmt::format("{}\n{}\n{}", key.target, cpu_name(), build_name());
  Sha256 sum;
  sum.update(text.data(), text.size());
  return folder / fmt::format("costs-{}-{}-{}.json", key.graph, key.batch, sum.hex().substr(0, 16));
}

std::optional<RememberedCosts> recall_costs(const CostKey& key) {
  const fs::path path = cost_file(key);
  std::error_code unreadable;
  if (path.empty() || fs::file_size(path, unreadable) > largest_file || unreadable) return std::nullopt;
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  boost::system::error_code wrong;
  const boost::json::value value = boost::json::parse(text, wrong);
  if (wrong) return std::nullopt;
  try {
    RememberedCosts costs;
    for (const auto& kind : value.at("kinds").as_array()) {
      const auto& numbers = kind.as_array();
      const double seconds = numbers.at(3).to_number<double>();
      if (!(std::isfinite(seconds) && seconds >= 0)) return std::nullopt;
      costs.kinds[{numbers.at(0).to_number<int>(), numbers.at(1).to_number<int>(),
                   numbers.at(2).to_number<int>()}] = seconds;
    }
    for (const auto& best : value.at("best").as_object())
      costs.best_policies[std::stoi(std::string(best.key()))] = std::string(best.value().as_string());
    return costs;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void remember_costs(const CostKey& key, const RememberedCosts& costs) {
  const fs::path path = cost_file(key);
  if (path.empty()) return;
  boost::json::array kinds;
  for (const auto& [kind, seconds] : costs.kinds)
    kinds.push_back(boost::json::array{kind.group, kind.rows, kind.panels, seconds});
  boost::json::object best;
  for (const auto& [threads, policy] : costs.best_policies) best[fmt::format("{}", threads)] = policy;
  try {
    fs::create_directories(path.parent_path());
    data::write_atomically(path, json_text(boost::json::object{{"kinds", kinds}, {"best", best}}));
  } catch (const std::exception&) {
    // If the file cannot be written, costs are measured again the next time.
  }
}

}  // namespace isthmus::tool
