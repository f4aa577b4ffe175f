// The values that a program keeps from run to run, in their external form: tensors with names, row-major.
#pragma once

#include <isthmus/plan/ports.hpp>
#include <isthmus/run/session.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "lower/steps.hpp"

namespace isthmus::run {

/// The parameters of a program and its optimizer's states, where its steps read and write them.
class Parameters {
 public:
  /// Both must outlive this.
  Parameters(const plan::PlanView& plan, const lower::Steps& steps);

  // See Session's functions of these names; the caller has checked that writing is allowed.
  std::vector<NamedTensor> read(bool with_states) const;
  void write(const std::vector<NamedTensor>& tensors, bool with_states, const std::string& source);
  void copy_from(const Parameters& other) noexcept;
  void reset_states() noexcept;
  void initialize(std::uint64_t seed);
  bool initialize_from_data(double mean);

 private:
  float& element(const plan::KeptTensor& tensor, std::int64_t index) const noexcept;
  std::int64_t bytes_of(const plan::KeptTensor& tensor) const noexcept;
  void clear(const plan::KeptTensor& tensor) const noexcept;
  /// Where the values lie that are used under a parameter's name when nothing is trained: its moving average, or
  /// itself.
  const plan::KeptTensor& in_use(const plan::KeptTensor& parameter) const noexcept;
  /// Moving averages begin at the parameters.
  void start_averages() const noexcept;
  void start(const plan::KeptTensor& tensor, std::uint64_t seed, const double* data_mean);

  const plan::PlanView& plan_;
  const lower::Steps& steps_;
  std::vector<plan::KeptTensor> tensors_;
  std::vector<std::size_t>
      averages_;            ///< the place of each one's moving average among them; its own for all others
  std::uint64_t seed_ = 0;  ///< of the last start
};

}  // namespace isthmus::run
