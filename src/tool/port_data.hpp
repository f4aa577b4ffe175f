// The samples of a model's inputs, in step: sample i of one belongs to sample i of the others.
#pragma once

#include "source.hpp"

#include <isthmus/run/registry.hpp>
#include <isthmus/run/trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::tool {

/// A source for one input, `PORT=SRC` on the command line.
struct PortSource {
  std::string port, source;
};

/// `label=labels.npy` as a port and a source. Ends the command with an error of `option` for another text.
PortSource port_source(const std::string& option, const std::string& text);

/// One input's samples.
struct PortSamplesOfSet {
  std::string port;
  data::Samples samples;
};

class PortData {
 public:
  PortData() = default;
  /// The data come first. Throws ShapeError, naming both, if two of them have different numbers of samples.
  explicit PortData(std::vector<PortSamplesOfSet> ports);

  /// The samples of the first input.
  const data::Samples& data() const { return ports_.front().samples; }
  std::size_t count() const { return data().count(); }
  const std::vector<PortSamplesOfSet>& ports() const { return ports_; }
  /// The samples of the input of this name, or null.
  const data::Samples* find(std::string_view port) const;
  PortData slice(std::size_t first, std::size_t n) const;

 private:
  std::vector<PortSamplesOfSet> ports_;
};

/// The input that a model's reconstructions are compared with, and its samples.
std::string_view target_name(const ModelEntry& entry);
const data::Samples& target_of(const ModelEntry& entry, const PortData& data);

/// Both parts of a data set for several inputs.
struct PortDataSet {
  PortData train, validation;
};

/// Reads samples for the inputs that a program takes, and holds those that were read last.
class PortReader {
 public:
  /// Throws Error, naming the input, if there are no samples for one of them.
  PortReader(const std::vector<plan::InputPort>& inputs, const PortData& data);

  /// The samples [first, first + n), valid until the next call.
  std::span<const PortValues> read(std::size_t first, std::size_t n);
  /// The samples of these numbers.
  std::span<const PortValues> gather(std::span<const std::uint32_t> numbers);

 private:
  std::span<const PortValues> resized(std::size_t n);

  std::vector<data::Samples> samples_;
  std::vector<std::vector<float>> buffers_;
  std::vector<PortValues> values_;
};

/// Loads the samples that a program of a role takes, in both parts of a data set: of the first input from
/// `source`, of the others from theirs; a target without a source is the data. Integers, one a sample, become rows
/// with a one for an input of several values, and `mnist:labels` are the labels of `mnist`. `user` is what takes
/// the samples of the first input, in messages. Throws Error for an input without a source and for a source of an
/// input that there is not, ShapeError for samples of another shape, and what reading throws.
PortDataSet load_port_data_set(const std::string& source, std::span<const PortSource> others,
                               const ModelEntry& entry, Role role, const Reading& reading,
                               const std::string& user);
/// Loads all samples of files for a program of a role. Otherwise as load_port_data_set.
PortData load_inputs(const std::string& source, std::span<const PortSource> others, const ModelEntry& entry,
                     Role role, const Reading& reading, const std::string& user);

}  // namespace isthmus::tool
