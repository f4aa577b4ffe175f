#include "commands.hpp"

#include <isthmus/run/registry.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace isthmus::tool {
namespace {

/// 1000, 256MB or 1GiB in bytes; nothing if it is no such thing.
std::optional<std::uint64_t> size_of(std::string text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  try {
    constexpr bool kilo_is_1000 = true;
    if (!CLI::AsSizeValue(kilo_is_1000)(text).empty()) return std::nullopt;
  } catch (const CLI::ValidationError&) {
    return std::nullopt;
  }
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

/// The nearest float of a number; nothing if it is none, or beyond their range.
std::optional<float> number_of(const std::string& text) {
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return good ? std::optional(number) : std::nullopt;
}

}  // namespace

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
                  "mnist, fashion-mnist, or a file, whose last tenth validates: IDX, .npy, FILE.npz:NAME or "
                  "FILE:DATASET of HDF5 or NetCDF; unsigned bytes are pixels, byte / 255")
      ->required()
      ->type_name("SRC");
}

CLI::Option* add_weights_option(CLI::App& command, Weights& weights) {
  const std::vector<std::pair<std::string, Weights>> kinds{
      {"fp32", Weights::fp32()}, {"bf16", Weights::bf16()}, {"int8", Weights::int8()}};
  return add_choice(command, "--weights", "KIND", weights, kinds,
                    "of dense layers, rounded to it: fp32, bf16 or int8 (default: fp32)");
}

CLI::Option* add_precision_option(CLI::App& command, std::optional<Precision>& precision) {
  const std::vector<std::pair<std::string, std::optional<Precision>>> kinds{{"fp32", Precision::fp32},
                                                                            {"bf16", Precision::bf16}};
  return add_choice(command, "--precision", "KIND", precision, kinds,
                    "what the products of dense layers multiply in training: fp32 or bf16 (default: as the model "
                    "declares it)");
}

void add_reading_options(CLI::App& command, Reading& reading) {
  command
      .add_option_function<std::string>(
          "--memory", [&reading](const std::string& text) { reading.held = size_of(text).value(); },
          "hold samples of up to so many bytes in memory (256MB, 1GiB, 0 …), and read larger files while they are "
          "used; "
          ".gz, .npz that is compressed and .npy in Fortran order are always held (default: 256MiB)")
      ->type_name("SIZE")
      ->check(
          [](const std::string& text) {
            if (size_of(text)) return std::string();
            return fmt::format("expected a number of bytes, such as 0, 256MB or 1GiB, found '{}'", text);
          },
          "");
  command
      .add_option_function<std::string>(
          "--fill", [&reading](const std::string& text) { reading.fill = number_of(text).value(); },
          "what missing values become: NaN, and what HDF5 and NetCDF files say is missing (default: they are "
          "refused)")
      ->type_name("VALUE")
      ->check(
          [](const std::string& text) {
            return number_of(text) ? std::string() : fmt::format("expected a finite number, found '{}'", text);
          },
          "");
}

CLI::Option* add_json_flag(CLI::App& command, bool& json) {
  return command.add_flag("--json", json, "print one JSON object; all else goes to standard error");
}

}  // namespace isthmus::tool
