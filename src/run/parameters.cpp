#include "run/parameters.hpp"

#include <isthmus/error.hpp>
#include <isthmus/initializer.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "run/arithmetic.hpp"
#include "text.hpp"

namespace isthmus::run {
namespace {

using plan::KeptTensor;

std::vector<std::int64_t> extents_of(const Shape& shape) { return {shape.dim, shape.dim + shape.rank}; }

/// The arguments of the initializer that all of a parameter's values share.
InitialValue start_of(const KeptTensor& tensor, std::uint64_t seed, const double* data_mean) {
  InitialValue at;
  // With a convolution's weights [window, channels in, channels out], every tap of the window counts.
  const Shape& shape = tensor.shape;
  double window = 1;
  for (int d = 0; d < shape.rank - 2; ++d) window *= shape.dim[d];
  at.fan_out = window * (shape.rank == 0 ? 1 : shape.dim[shape.rank - 1]);
  at.fan_in = static_cast<double>(shape.elements_per_sample()) * window / at.fan_out;
  at.value = tensor.initial;
  at.data_mean = data_mean;
  at.seed = seed;
  at.stream = plan::stream_of(tensor.label);
  return at;
}

}  // namespace

Parameters::Parameters(const plan::PlanView& plan, const lower::Steps& steps)
    : plan_(plan), steps_(steps), tensors_(plan::kept_tensors(plan)) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    averages_.push_back(i);
    const Label& of = tensors_[i].label;
    for (std::size_t k = 0; k < tensors_.size() && !tensors_[i].is_state; ++k) {
      const Label& label = tensors_[k].label;
      if (tensors_[k].is_state && same_text(label.layer, of.layer) && same_text(label.part, of.part) &&
          same_text(label.moment, average_moment))
        averages_[i] = k;
    }
  }
}

const KeptTensor& Parameters::in_use(const KeptTensor& parameter) const noexcept {
  return tensors_[averages_[static_cast<std::size_t>(&parameter - tensors_.data())]];
}

void Parameters::start_averages() const noexcept {
  for (const KeptTensor& tensor : tensors_) {
    const KeptTensor& average = in_use(tensor);
    // Of one shape, and without a batch: they lie in memory alike.
    if (&average != &tensor)
      std::memcpy(steps_.view(average.value).data, steps_.view(tensor.value).data,
                  static_cast<std::size_t>(bytes_of(tensor)));
  }
}

/// The element of this row-major index.
float& Parameters::element(const KeptTensor& tensor, std::int64_t index) const noexcept {
  const int columns = plan_.values[tensor.value].columns;
  const std::int64_t row = index / columns, column = index % columns;
  const lower::View& view = steps_.view(tensor.value);
  return view
      .data[row * view.row_stride + column / plan::panel_width * view.panel_stride + column % plan::panel_width];
}

std::int64_t Parameters::bytes_of(const KeptTensor& tensor) const noexcept {
  return plan::value_bytes(plan_.values[tensor.value], 1);
}

/// Sets all values to zero, also the padding behind the last column, where steps on NaN leave NaN.
void Parameters::clear(const KeptTensor& tensor) const noexcept {
  std::fill_n(steps_.view(tensor.value).data, bytes_of(tensor) / 4, 0.0f);
}

std::vector<NamedTensor> Parameters::read(bool with_states) const {
  std::vector<NamedTensor> list;
  for (const KeptTensor& tensor : tensors_) {
    if (tensor.is_state && !with_states) continue;
    NamedTensor named{full_name(tensor.label), extents_of(tensor.shape), {}};
    const std::int64_t count = tensor.shape.elements_per_sample();
    named.values.resize(static_cast<std::size_t>(count));
    const KeptTensor& from = with_states ? tensor : in_use(tensor);
    for (std::int64_t i = 0; i < count; ++i) named.values[static_cast<std::size_t>(i)] = element(from, i);
    list.push_back(std::move(named));
  }
  return list;
}

void Parameters::write(const std::vector<NamedTensor>& tensors, bool with_states, const std::string& source) {
  // All is checked before anything is changed.
  std::vector<std::pair<const KeptTensor*, const NamedTensor*>> matches;
  for (const KeptTensor& tensor : tensors_) {
    if (tensor.is_state && !with_states) continue;
    const std::string name = full_name(tensor.label);
    const auto by_name =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
    const NamedTensor* const itself = by_name == tensors.end() ? nullptr : &*by_name;
    const NamedTensor* const found = with_states ? itself : find_in_use(tensors, name);
    const std::vector<std::int64_t> shape = extents_of(tensor.shape);
    const std::string expected =
        source + ": tensor \"" + name + "\": expected shape " + shape_text(shape) + ", found ";
    if (found == nullptr) throw ShapeError(expected + "no such tensor");
    if (found->shape != shape) throw ShapeError(expected + shape_text(found->shape));
    matches.emplace_back(&tensor, found);
  }
  for (const auto& [tensor, given] : matches) {
    clear(*tensor);
    for (std::size_t i = 0; i < given->values.size(); ++i)
      element(*tensor, static_cast<std::int64_t>(i)) = given->values[i];
  }
}

void Parameters::copy_from(const Parameters& other) noexcept {
  for (const KeptTensor& to : tensors_)
    for (const KeptTensor& from : other.tensors_) {
      if (to.is_state || from.is_state || !(to.label == from.label)) continue;
      // Parameters have no batch, so equal shapes lie in memory alike.
      std::memcpy(steps_.view(to.value).data, other.steps_.view(other.in_use(from).value).data,
                  static_cast<std::size_t>(bytes_of(to)));
    }
}

void Parameters::reset_states() noexcept {
  for (const KeptTensor& tensor : tensors_)
    if (tensor.is_state) clear(tensor);
  start_averages();
}

void Parameters::start(const KeptTensor& tensor, std::uint64_t seed, const double* data_mean) {
  InitialValue at = start_of(tensor, seed, data_mean);
  for (; at.element < tensor.shape.elements_per_sample(); ++at.element, at.drawn = 0)
    element(tensor, at.element) = tensor.initializer->start(at);
}

void Parameters::initialize(std::uint64_t seed) {
  const Arithmetic ours;
  seed_ = seed;
  for (const KeptTensor& tensor : tensors_)
    if (!tensor.is_state) start(tensor, seed, nullptr);
  reset_states();
}

bool Parameters::initialize_from_data(double mean) {
  const Arithmetic ours;
  bool found = false;
  for (const KeptTensor& tensor : tensors_) {
    if (tensor.is_state || !tensor.initializer->reads_data) continue;
    found = true;
    start(tensor, seed_, &mean);
  }
  if (found) start_averages();
  return found;
}

}  // namespace isthmus::run
