// The caller's samples for one run, sorted by the inputs of the program.
#pragma once

#include <isthmus/plan/inputs.hpp>
#include <isthmus/run/port_values.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::run {

class Session;

/// Holds the samples of each input of a session until the run. Allocates in the constructor alone.
class GivenInputs {
 public:
  explicit GivenInputs(const Session& session);

  /// Takes the values of the only input, or of each input by its name: a whole number of samples, the same for
  /// all, from 1 (0 if `allow_none`) to the largest batch. Throws ShapeError that names the port; the only input
  /// is called `what`.
  void take(std::span<const float> values, const char* what, bool allow_none = false);
  void take(std::span<const PortValues> values, bool allow_none = false);
  /// Takes samples as they are; the session checks them. Fault::ports if these are not the inputs there are.
  Fault try_take(Samples samples) noexcept;
  Fault try_take(std::span<const PortSamples> samples) noexcept;

  std::span<const Samples> all() const noexcept { return samples_; }
  std::span<const plan::InputPort> ports() const noexcept { return ports_; }
  /// The number of samples of each.
  int count() const noexcept { return samples_.front().count; }

 private:
  std::size_t place_of(std::string_view port) const noexcept;
  void require_given() const;
  std::string counted(std::size_t found, int size) const;
  const float* numbers_of(const PortValues& given, std::size_t port);

  int max_batch_;
  std::vector<plan::InputPort> ports_;
  std::vector<Samples> samples_;
  std::vector<std::vector<float>> numbers_;  ///< by port: room for indices that are given as integers
};

}  // namespace isthmus::run
