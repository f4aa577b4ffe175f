#include "port_data.hpp"

#include "command_line.hpp"
#include "models.hpp"

#include <isthmus/error.hpp>
#include <isthmus/plan/ports.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nearest.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

/// What an input takes of labels: of indices the numbers themselves, else rows with a one in the column that each
/// label names.
data::Samples for_port(const std::string& source, const std::vector<std::uint8_t>& labels,
                       const plan::InputPort& port) {
  const std::size_t classes = static_cast<std::size_t>(port.classes > 0 ? port.classes : port.size);
  const std::size_t columns = port.classes > 0 ? 1 : classes;
  std::vector<float> rows(labels.size() * columns);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes)
      throw NumberError(fmt::format("{}: sample {}: expected an integer from 0 to {}, found {}", source, i,
                                    classes - 1, labels[i]));
    if (port.classes > 0) rows[i] = labels[i];
    else rows[i * columns + labels[i]] = 1;
  }
  return data::Samples(source, {static_cast<std::int64_t>(columns)}, std::move(rows));
}

/// `mnist` of `mnist:labels`, or nothing.
std::optional<std::string> labelled_set(const std::string& source) {
  constexpr std::string_view suffix = ":labels";
  if (!source.ends_with(suffix)) return std::nullopt;
  std::string name = source.substr(0, source.size() - suffix.size());
  return data::is_known_name(name) ? std::optional(std::move(name)) : std::nullopt;
}

data::Samples labels_of(const std::string& source, const data::Samples& samples, const plan::InputPort& port) {
  if (samples.labels().empty())
    throw Error(fmt::format("{}: expected labels beside the samples, found none", source));
  return for_port(source, {samples.labels().begin(), samples.labels().end()}, port);
}

/// What a file of integers, one a sample, is for an input of several values that is no data, or of one index;
/// nothing if the file is another one.
std::optional<data::Samples> indices_of(const std::string& source, const plan::InputPort& port) {
  const bool takes_labels = port.classes > 0 ? port.size == 1 : port.kind != PortKind::data && port.size > 1;
  if (!takes_labels || data::is_known_name(source)) return std::nullopt;
  std::vector<std::uint8_t> labels;
  try {
    labels = load_labels(source);
  } catch (const FileError&) {
    return std::nullopt;
  }
  return for_port(source, labels, port);
}

/// Bytes are pixels where a model begins and ends; conditions, weights and indices are numbers.
data::BytesAre bytes_of(const plan::InputPort& port) {
  const bool are_pixels = (port.kind == PortKind::data || port.kind == PortKind::target) && port.classes == 0;
  return are_pixels ? data::BytesAre::pixels : data::BytesAre::numbers;
}

/// Missing values stay where the model is declared with them, unless the user says what they become.
Reading reading_of(const plan::InputPort& port, Reading reading) {
  if (port.may_miss && !reading.fill) reading.fill = data::kept_missing;
  return reading;
}

data::DataSet load_set(const std::string& source, const plan::InputPort& port, const Reading& given) {
  const Reading reading = reading_of(port, given);
  if (const auto name = labelled_set(source)) {
    const data::DataSet set = load_data_set(*name, reading);
    return {labels_of(source, set.train, port), labels_of(source, set.validation, port)};
  }
  if (const auto rows = indices_of(source, port)) return data::with_validation(*rows);
  return load_data_set(source, reading, bytes_of(port));
}

/// A code, which is what a decoder has for data, is of numbers, of whatever type.
data::Samples load_all(const std::string& source, const plan::InputPort& port, Role role, const Reading& given) {
  const Reading reading = reading_of(port, given);
  if (auto rows = indices_of(source, port)) return *std::move(rows);
  return load_samples(source, reading, role == Role::decode ? data::BytesAre::numbers : bytes_of(port));
}

std::vector<plan::InputPort> inputs_of(const ModelEntry& entry, Role role) {
  return plan::inputs_of(entry.program(role).plan);
}

/// The source of each input, in their order; empty: that of the first.
std::vector<std::string> sorted_sources(const std::vector<plan::InputPort>& inputs, const std::string& first,
                                        std::span<const PortSource> others, const ModelEntry& entry) {
  std::vector<std::string> names, sources(inputs.size());
  for (const plan::InputPort& port : inputs) names.emplace_back(port.name);
  sources.front() = first;
  for (const PortSource& other : others) {
    const auto found = std::find(names.begin(), names.end(), other.port);
    if (found == names.end())
      throw Error(fmt::format("{}={}: expected one of the inputs {} of graph {}, found {}{}", other.port,
                              other.source, fmt::join(names, ", "), entry.name, in_quotes(other.port),
                              nearest_hint(other.port, names)));
    std::string& source = sources[static_cast<std::size_t>(found - names.begin())];
    if (!source.empty())
      throw Error(fmt::format("{}={}: the input has a source already, {}", other.port, other.source, source));
    source = other.source;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (sources[i].empty() && inputs[i].kind != PortKind::target)
      throw Error(fmt::format("graph {}: expected a source for the input {}, {}=SRC, found none", entry.name,
                              names[i], names[i]));
  return sources;
}

std::vector<std::int64_t> extents_of(const ModelEntry& entry, Role role, const plan::InputPort& port) {
  const plan::PlanView plan = entry.program(role).plan;
  const Shape& shape = plan.graph[plan.values[port.value].node].shape;
  return {shape.dim + 1, shape.dim + shape.rank};
}

/// Throws ShapeError unless samples are of the input's shape. `user` is what takes the first input, in messages.
void require_shape(const data::Samples& samples, const ModelEntry& entry, Role role,
                   const std::vector<plan::InputPort>& inputs, std::size_t i, const std::string& user) {
  require_sample_shape(samples, extents_of(entry, role, inputs[i]),
                       i == 0 ? user : fmt::format("the input {} of graph {}", inputs[i].name, entry.name));
}

}  // namespace

PortSource port_source(const std::string& option, const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0 || sign + 1 == text.size())
    refuse(option, fmt::format("expected PORT=SRC, found {}", in_quotes(text)));
  return {text.substr(0, sign), text.substr(sign + 1)};
}

PortData::PortData(std::vector<PortSamplesOfSet> ports) : ports_(std::move(ports)) {
  for (const PortSamplesOfSet& port : ports_)
    if (port.samples.count() != count())
      throw ShapeError(fmt::format("{}: expected {} samples, as {} has, found {}", port.samples.name(), count(),
                                   data().name(), port.samples.count()));
}

const data::Samples* PortData::find(std::string_view port) const {
  const auto found =
      std::find_if(ports_.begin(), ports_.end(), [&](const PortSamplesOfSet& one) { return one.port == port; });
  return found == ports_.end() ? nullptr : &found->samples;
}

PortData PortData::slice(std::size_t first, std::size_t n) const {
  std::vector<PortSamplesOfSet> ports;
  for (const PortSamplesOfSet& port : ports_) ports.push_back({port.port, port.samples.slice(first, n)});
  return PortData(std::move(ports));
}

std::string_view target_name(const ModelEntry& entry) {
  return entry.declared[target_port(entry.declared)].label.layer;
}
const data::Samples& target_of(const ModelEntry& entry, const PortData& data) {
  return *data.find(target_name(entry));
}

PortReader::PortReader(const std::vector<plan::InputPort>& inputs, const PortData& data)
    : buffers_(inputs.size()) {
  for (const plan::InputPort& port : inputs) {
    const data::Samples* const samples = data.find(port.name);
    if (samples == nullptr) throw Error(fmt::format("input {}: expected samples for it, found none", port.name));
    samples_.push_back(*samples);
    values_.push_back({port.name, {}});
  }
}

std::span<const PortValues> PortReader::resized(std::size_t n) {
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    buffers_[i].resize(n * samples_[i].sample_size());
    values_[i].values = buffers_[i];
  }
  return values_;
}

std::span<const PortValues> PortReader::read(std::size_t first, std::size_t n) {
  resized(n);
  for (std::size_t i = 0; i < samples_.size(); ++i) samples_[i].values(first, n, buffers_[i].data());
  return values_;
}

std::span<const PortValues> PortReader::gather(std::span<const std::uint32_t> numbers) {
  resized(numbers.size());
  for (std::size_t i = 0; i < samples_.size(); ++i) samples_[i].gather(numbers, buffers_[i].data());
  return values_;
}

PortDataSet load_port_data_set(const std::string& source, std::span<const PortSource> others,
                               const ModelEntry& entry, Role role, const Reading& reading,
                               const std::string& user) {
  const std::vector<plan::InputPort> inputs = inputs_of(entry, role);
  const std::vector<std::string> sources = sorted_sources(inputs, source, others, entry);
  std::vector<PortSamplesOfSet> train, validation;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const data::DataSet set = sources[i].empty() ? data::DataSet{train.front().samples, validation.front().samples}
                                                 : load_set(sources[i], inputs[i], reading);
    for (const data::Samples& part : {set.train, set.validation})
      require_shape(part, entry, role, inputs, i, user);
    train.push_back({inputs[i].name, set.train});
    validation.push_back({inputs[i].name, set.validation});
  }
  return {PortData(std::move(train)), PortData(std::move(validation))};
}

PortData load_inputs(const std::string& source, std::span<const PortSource> others, const ModelEntry& entry,
                     Role role, const Reading& reading, const std::string& user) {
  const std::vector<plan::InputPort> inputs = inputs_of(entry, role);
  const std::vector<std::string> sources = sorted_sources(inputs, source, others, entry);
  std::vector<PortSamplesOfSet> ports;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const data::Samples samples =
        sources[i].empty() ? ports.front().samples : load_all(sources[i], inputs[i], role, reading);
    require_shape(samples, entry, role, inputs, i, user);
    ports.push_back({inputs[i].name, samples});
  }
  return PortData(std::move(ports));
}

}  // namespace isthmus::tool
