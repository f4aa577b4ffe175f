#include <isthmus/error.hpp>
#include <isthmus/run/given_inputs.hpp>
#include <isthmus/run/session.hpp>

#include <algorithm>

#include "run/formatted.hpp"

namespace isthmus::run {

GivenInputs::GivenInputs(const Session& session)
    : max_batch_(session.max_batch()), ports_(session.inputs()), samples_(ports_.size()), numbers_(ports_.size()) {
  for (std::size_t i = 0; i < ports_.size(); ++i)
    if (ports_[i].classes > 0) numbers_[i].resize(static_cast<std::size_t>(max_batch_ * ports_[i].size));
}

/// Where the values of a port are as floats: integers are exact up to 16,777,216, and larger ones are no classes.
const float* GivenInputs::numbers_of(const PortValues& given, std::size_t port) {
  if (given.indices.empty()) return given.values.data();
  std::transform(given.indices.begin(), given.indices.end(), numbers_[port].begin(),
                 [](std::int32_t index) { return static_cast<float>(index); });
  return numbers_[port].data();
}

std::string GivenInputs::counted(std::size_t found, int size) const {
  return formatted("expected a multiple of %d values for 1 to %d samples, found %zu values", size, max_batch_,
                   found);
}

/// Throws ShapeError unless one input without a name is enough.
void GivenInputs::require_given() const {
  if (samples_.size() == 1) return;
  std::string names;
  for (const plan::InputPort& port : ports_) {
    if (!names.empty()) names.append(", ");
    names.append(port.name);
  }
  throw ShapeError(formatted("ports: expected values for %s, found one without a name", names.c_str()));
}

void GivenInputs::take(std::span<const float> values, const char* what, bool allow_none) {
  require_given();
  const auto size = static_cast<std::size_t>(ports_.front().size);
  const std::size_t count = values.size() / size;
  if (values.size() % size != 0 || (count == 0 && !allow_none) || count > static_cast<std::size_t>(max_batch_))
    throw ShapeError(formatted("%s: %s", what, counted(values.size(), ports_.front().size).c_str()));
  samples_.front() = {values.data(), static_cast<int>(count)};
}

std::size_t GivenInputs::place_of(std::string_view port) const noexcept {
  std::size_t i = 0;
  while (i < ports_.size() && port != ports_[i].name) ++i;
  return i;
}

void GivenInputs::take(std::span<const PortValues> values, bool allow_none) {
  const auto refuse = [](std::string_view port, const std::string& why) {
    throw ShapeError(formatted("port \"%.*s\": %s", static_cast<int>(port.size()), port.data(), why.c_str()));
  };
  for (Samples& samples : samples_) samples.count = -1;
  for (const PortValues& given : values) {
    const std::size_t i = place_of(given.port);
    if (i == ports_.size()) refuse(given.port, "the model has no input of this name");
    if (samples_[i].count >= 0) refuse(given.port, "given twice");
    const auto size = static_cast<std::size_t>(ports_[i].size);
    const std::size_t count = given.size() / size;
    if (!given.indices.empty() && ports_[i].classes == 0) refuse(given.port, "expected numbers, found indices");
    if (given.size() % size != 0 || (count == 0 && !allow_none) || count > static_cast<std::size_t>(max_batch_))
      refuse(given.port, counted(given.size(), ports_[i].size));
    samples_[i] = {numbers_of(given, i), static_cast<int>(count)};
  }
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (samples_[i].count < 0) refuse(ports_[i].name, "expected values, found none");
    if (samples_[i].count != count())
      refuse(ports_[i].name, formatted("expected %d samples as \"%s\" has, found %d", count(), ports_.front().name,
                                       samples_[i].count));
  }
}

Fault GivenInputs::try_take(Samples samples) noexcept {
  if (samples_.size() != 1) return Fault::ports;
  samples_.front() = samples;
  return Fault::none;
}

Fault GivenInputs::try_take(std::span<const PortSamples> samples) noexcept {
  if (samples.size() != samples_.size()) return Fault::ports;
  for (Samples& one : samples_) one.count = -1;
  for (const PortSamples& given : samples) {
    const std::size_t i = place_of(given.port);
    if (i == ports_.size() || samples_[i].count != -1) return Fault::ports;
    samples_[i] = given.samples;
    if (given.samples.count < 0) return Fault::count;
  }
  return Fault::none;
}

}  // namespace isthmus::run
