// The commands of the tool. Each adds itself to the application and runs when it was chosen.
#pragma once

#include "command_line.hpp"
#include "numbers.hpp"
#include "port_data.hpp"
#include "threads.hpp"

#include <isthmus/run/weights.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::tool {

void add_graphs(CLI::App& app);
void add_inspect(CLI::App& app);
void add_train(CLI::App& app);
void add_encode(CLI::App& app);
void add_decode(CLI::App& app);
void add_reconstruct(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_score(CLI::App& app);
void add_latent(CLI::App& app);
void add_sample(CLI::App& app);
void add_interpolate(CLI::App& app);
void add_export(CLI::App& app);
void add_import(CLI::App& app);
void add_bench(CLI::App& app);
void add_schedules(CLI::App& app);

/// More threads than this are assumed to be a typing error.
inline constexpr Bounds<int> thread_bounds{1, 1024};
/// Whatever fits an int: the machine's memory bounds a batch before.
inline constexpr Bounds<int> batch_bounds{1, std::numeric_limits<int>::max()};
/// The seeds that a file can hold as an integer.
inline constexpr Bounds<std::int64_t> seed_bounds{0, std::numeric_limits<std::int64_t>::max()};

/// Checks that a word is one of these; the error message names the nearest one.
Check one_of(std::vector<std::string> words);

/// The argument GRAPH: a registered model's name.
Option add_graph_argument(const Command& command, std::string& graph);
/// `--threads`, from 1; 0 stands for as many as the process may use at the same time.
Option add_threads_option(const Command& command, int& threads);
/// `--numa-node` and `--threads-per-core`.
void add_placement_options(const Command& command, Placement& placement);
Option add_batch_option(const Command& command, int& batch, const std::string& description);
Option add_seed_option(const Command& command, std::int64_t& seed, const std::string& description);
/// `--schedule`: a policy's name, dataflow or auto.
Option add_schedule_option(const Command& command, std::string& schedule, const std::string& description);
/// `--allow-nonfinite`, of commands that write what a model computes.
Option add_nonfinite_flag(const Command& command, bool& allowed);
/// An option with a few words as values.
template <class T>
Option add_choice(const Command& command, const std::string& name, const std::string& type, T& value,
                  const std::vector<std::pair<std::string, T>>& choices, const std::string& description) {
  const auto find = [choices](const std::string& word) -> std::optional<T> {
    for (const auto& [name_of_choice, choice] : choices)
      if (word == name_of_choice) return choice;
    return std::nullopt;
  };
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  return command
      .add_option(
          name, [&value, find](const std::string& word) { value = find(word).value(); }, description)
      .type_name(type)
      .check(one_of(words));
}

/// `--data`: a name, a path or an HDF5 data set, as load_data_set takes it.
Option add_data_option(const Command& command, std::string& data);
/// `--data SRC --data PORT=SRC …`: the source of the first input, then those of the others.
Option add_data_options(const Command& command, std::vector<std::string>& sources);
/// `--with PORT=SRC`: sources for the inputs beside the first one.
Option add_with_option(const Command& command, std::vector<PortSource>& others);
/// `--weights`: fp32, bf16 or int8, of a model that is only used.
Option add_weights_option(const Command& command, Weights& weights);
/// `--precision`: fp32 or bf16, of training; nothing if it is not given.
Option add_precision_option(const Command& command, std::optional<Precision>& precision);
/// `--memory` and `--fill`: how samples are read, of every command that reads any.
void add_reading_options(const Command& command, Reading& reading);
Option add_json_flag(const Command& command, bool& json);

}  // namespace isthmus::tool
