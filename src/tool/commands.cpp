#include "commands.hpp"

#include "schedule_meter.hpp"

#include <isthmus/run/registry.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "nearest.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

std::vector<std::string> graph_names() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : registered_models()) names.emplace_back(entry.name);
  return names;
}

constexpr const char* data_description =
    "mnist, fashion-mnist, or a file, whose last tenth validates: IDX, .npy, FILE.npz:NAME or "
    "FILE:DATASET of HDF5 or NetCDF; unsigned bytes are pixels, byte / 255";

}  // namespace

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& word) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return std::string();
    return fmt::format("expected one of {}, found {}{}", fmt::join(words, ", "), in_quotes(word),
                       nearest_hint(word, words));
  };
}

Option add_graph_argument(const Command& command, std::string& graph) {
  return command.add_option("GRAPH", graph, "model, as `isthmus graphs` lists it")
      .required()
      .check(one_of(graph_names()));
}

Option add_threads_option(const Command& command, int& threads) {
  return add_number(command, "--threads", threads, thread_bounds,
                    "threads to compute with (default: as many as the process may use at the same time)");
}

void add_placement_options(const Command& command, Placement& placement) {
  add_number(command, "--numa-node", placement.numa_node, Bounds<int>{0, thread_bounds.most},
             "run on this NUMA node's cores alone (default: anywhere)");
  add_number(command, "--threads-per-core", placement.threads_per_core, Bounds<int>{1, 64},
             "at most so many on one core");
}

Option add_batch_option(const Command& command, int& batch, const std::string& description) {
  return add_number(command, "--batch", batch, batch_bounds, description).default_str(fmt::format("{}", batch));
}

Option add_seed_option(const Command& command, std::int64_t& seed, const std::string& description) {
  return add_number(command, "--seed", seed, seed_bounds, description).default_str(fmt::format("{}", seed));
}

Option add_schedule_option(const Command& command, std::string& schedule, const std::string& description) {
  return command.add_option("--schedule", schedule, description)
      .type_name("POLICY")
      .check(one_of(schedule_names()));
}

Option add_nonfinite_flag(const Command& command, bool& allowed) {
  return command.add_flag(
      "--allow-nonfinite", allowed,
      "write NaN and infinity as well, where the model computes them (default: that is an error)");
}

Option add_data_option(const Command& command, std::string& data) {
  return command.add_option("--data", data, data_description).required().type_name("SRC");
}

Option add_data_options(const Command& command, std::vector<std::string>& sources) {
  return command
      .add_option(
          "--data", sources,
          std::string(data_description) +
              ". Once more, as PORT=SRC, for each other input of the model, in the order of the first one's "
              "samples: integers become rows with a one, mnist:labels are the labels of mnist, and a target "
              "without a source is the data")
      .required()
      .one_value_each()
      .type_name("[PORT=]SRC");
}

Option add_with_option(const Command& command, std::vector<PortSource>& others) {
  return command
      .add_option(
          "--with",
          [&others](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) others.push_back(port_source("--with", text));
          },
          "samples of another input of the model, in the order of the first one's: a condition, a target, a weight; "
          "integers become rows with a one, and mnist:labels are the labels of mnist")
      .one_value_each()
      .type_name("PORT=SRC");
}

Option add_weights_option(const Command& command, Weights& weights) {
  const std::vector<std::pair<std::string, Weights>> kinds{
      {"fp32", Weights::fp32()}, {"bf16", Weights::bf16()}, {"int8", Weights::int8()}};
  return add_choice(command, "--weights", "KIND", weights, kinds,
                    "of dense layers, rounded to it: fp32, bf16 or int8 (default: fp32)");
}

Option add_precision_option(const Command& command, std::optional<Precision>& precision) {
  const std::vector<std::pair<std::string, std::optional<Precision>>> kinds{{"fp32", Precision::fp32},
                                                                            {"bf16", Precision::bf16}};
  return add_choice(command, "--precision", "KIND", precision, kinds,
                    "what the products of dense layers multiply in training: fp32 or bf16 (default: as the model "
                    "declares it)");
}

void add_reading_options(const Command& command, Reading& reading) {
  command
      .add_option(
          "--memory", [&reading](const std::string& text) { reading.held = parse_bytes(text).value(); },
          "hold samples of up to so many bytes in memory (256MB, 1GiB, 0 …), and read larger files while they are used; "
          ".gz, .npz that is compressed and .npy in Fortran order are always held (default: 256MiB)")
      .type_name("SIZE")
      .check([](const std::string& text) {
        if (parse_bytes(text)) return std::string();
        return fmt::format("expected a number of bytes, such as 0, 256MB or 1GiB, found {}", in_quotes(text));
      });
  add_number(command, "--fill", reading.fill,
             Bounds<float>{std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max()},
             "what missing values become: NaN, and what HDF5 and NetCDF files say is missing (default: they are "
             "refused)")
      .type_name("VALUE");
}

Option add_json_flag(const Command& command, bool& json) {
  return command.add_flag("--json", json, "print one JSON object; all else goes to standard error");
}

}  // namespace isthmus::tool
