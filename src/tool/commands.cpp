#include "commands.hpp"

#include <isthmus/run/registry.hpp>

#include <fmt/format.h>

namespace isthmus::tool {

CLI::Option* add_graph_argument(CLI::App& command, std::string& graph) {
  const auto check = [](const std::string& name) {
    if (find_model(name) != nullptr) return std::string();
    std::string known;
    for (const ModelEntry& entry : registered_models())
      known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.name);
    return fmt::format("expected one of {}, found '{}'", known, name);
  };
  return command.add_option("GRAPH", graph, "model, as `isthmus graphs` lists it")
      ->required()
      ->check(check, "");
}

CLI::Option* add_threads_option(CLI::App& command, int& threads) {
  return command.add_option("--threads", threads, "threads to compute with (default: all of the machine's)")
      ->check(CLI::Range(1, most_threads));
}

void add_placement_options(CLI::App& command, Placement& placement) {
  command.add_option("--numa-node", placement.numa_node, "run on this NUMA node's cores alone (default: anywhere)")
      ->check(CLI::Range(0, most_threads));
  command.add_option("--threads-per-core", placement.threads_per_core, "at most so many on one core")
      ->check(CLI::Range(1, 64));
}

CLI::Option* add_batch_option(CLI::App& command, int& batch, const std::string& description) {
  return command.add_option("--batch", batch, description)
      ->check(CLI::Range(1, most_samples))
      ->capture_default_str();
}

CLI::Option* add_data_option(CLI::App& command, std::string& data) {
  return command
      .add_option("--data", data,
                  "mnist, fashion-mnist, or a file, whose last tenth validates: IDX (plain or .gz), .npy, or "
                  "FILE.h5:DATASET")
      ->required()
      ->type_name("SRC");
}

CLI::Option* add_weights_option(CLI::App& command, Weights& weights) {
  const std::vector<std::pair<std::string, Weights>> kinds{
      {"fp32", Weights::fp32()}, {"bf16", Weights::bf16()}, {"int8", Weights::int8()}};
  return add_choice(command, "--weights", "KIND", weights, kinds,
                    "of dense layers, rounded to it: fp32, bf16 or int8 (default: fp32)");
}

CLI::Option* add_json_flag(CLI::App& command, bool& json) {
  return command.add_flag("--json", json, "print one JSON object; all else goes to standard error");
}

}  // namespace isthmus::tool
