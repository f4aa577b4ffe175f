#include <isthmus/error.hpp>
#include <isthmus/run/given_inputs.hpp>
#include <isthmus/run/session.hpp>

namespace isthmus::run {

GivenInputs::GivenInputs(const Session& session)
    : max_batch_(session.max_batch()), ports_(session.inputs()), samples_(ports_.size()) {}

std::string GivenInputs::counted(std::size_t found, int size) const {
  return "expected a multiple of " + std::to_string(size) + " values for 1 to " + std::to_string(max_batch_) +
         " samples, found " + std::to_string(found) + " values";
}

/// Throws ShapeError unless one input without a name is enough.
void GivenInputs::require_given() const {
  if (samples_.size() == 1) return;
  std::string names;
  for (const plan::InputPort& port : ports_) names += (names.empty() ? "" : ", ") + std::string(port.name);
  throw ShapeError("ports: expected values for " + (names.empty() ? "none" : names) +
                   ", found one without a name");
}

void GivenInputs::take(std::span<const float> values, const char* what, bool allow_none) {
  require_given();
  const auto size = static_cast<std::size_t>(ports_.front().size);
  const std::size_t count = values.size() / size;
  if (values.size() % size != 0 || (count == 0 && !allow_none) || count > static_cast<std::size_t>(max_batch_))
    throw ShapeError(what + (": " + counted(values.size(), ports_.front().size)));
  samples_.front() = {values.data(), static_cast<int>(count)};
}

std::size_t GivenInputs::place_of(std::string_view port) const noexcept {
  std::size_t i = 0;
  while (i < ports_.size() && port != ports_[i].name) ++i;
  return i;
}

void GivenInputs::take(std::span<const PortValues> values, bool allow_none) {
  for (Samples& samples : samples_) samples.count = -1;
  for (const PortValues& given : values) {
    const std::string what = "port \"" + std::string(given.port) + "\": ";
    const std::size_t i = place_of(given.port);
    if (i == ports_.size()) throw ShapeError(what + "the model has no input of this name");
    if (samples_[i].count >= 0) throw ShapeError(what + "given twice");
    const auto size = static_cast<std::size_t>(ports_[i].size);
    const std::size_t count = given.values.size() / size;
    if (given.values.size() % size != 0 || (count == 0 && !allow_none) ||
        count > static_cast<std::size_t>(max_batch_))
      throw ShapeError(what + counted(given.values.size(), ports_[i].size));
    samples_[i] = {given.values.data(), static_cast<int>(count)};
  }
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const std::string what = "port \"" + std::string(ports_[i].name) + "\": ";
    if (samples_[i].count < 0) throw ShapeError(what + "expected values, found none");
    if (samples_[i].count != count())
      throw ShapeError(what + "expected " + std::to_string(count()) + " samples as \"" + ports_.front().name +
                       "\" has, found " + std::to_string(samples_[i].count));
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
