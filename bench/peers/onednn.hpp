// oneDNN as its users write with it: a list of primitives with their arguments, made once and executed in each
// step. Each primitive chooses the format of its operands; what lies in another one is reordered, weights of a
// model that is only used once and for all.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include <cmath>
#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "measure.hpp"

namespace peers {

using dnnl::memory;
using Tag = memory::format_tag;

inline memory::desc descriptor(const memory::dims& dims, Tag tag = Tag::any) {
  return {dims, memory::data_type::f32, tag};
}

class Steps {
 public:
  const dnnl::engine& engine() const { return engine_; }

  memory room(const memory::desc& desc) { return memory(desc, engine_); }

  /// Memory in the plain format `tag`, with uniform numbers in it.
  memory filled(const memory::dims& dims, Tag tag, float low, float high) {
    memory made = room(descriptor(dims, tag));
    const std::vector<float> from = uniform(floats(made), low, high);
    std::copy(from.begin(), from.end(), data(made));
    return made;
  }
  memory samples(const memory::dims& dims, Tag tag) { return filled(dims, tag, 0, 1); }
  memory zeros(const memory::dims& dims, Tag tag) { return filled(dims, tag, 0, 0); }
  /// Weights [out, in, …] as Glorot and Bengio (2010, equation 16) start them.
  memory weights(const memory::dims& dims, Tag tag) {
    const auto taps = static_cast<float>(dims.size() == 4 ? dims[2] * dims[3] : 1);
    const float limit = std::sqrt(6 / (taps * static_cast<float>(dims[0] + dims[1])));
    return filled(dims, tag, -limit, limit);
  }

  void add(const dnnl::primitive& primitive, std::unordered_map<int, memory> arguments) {
    list_.emplace_back(primitive, std::move(arguments));
  }

  /// `from` in the format of `wanted`, brought there in each step if it has another one.
  memory in_format(const memory& from, const memory::desc& wanted) {
    if (from.get_desc() == wanted) return from;
    memory to = room(wanted);
    add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    return to;
  }

  /// The same, once and now.
  memory reordered(memory from, const memory::desc& wanted) {
    if (from.get_desc() == wanted) return from;
    memory to = room(wanted);
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
    return to;
  }

  void run() {
    for (const auto& [primitive, arguments] : list_) primitive.execute(stream_, arguments);
    stream_.wait();
  }

  static float* data(const memory& of) { return static_cast<float*>(of.get_data_handle()); }
  static std::size_t floats(const memory& of) { return of.get_desc().get_size() / sizeof(float); }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::pair<dnnl::primitive, std::unordered_map<int, memory>>> list_;
};

/// A primitive's attribute: this activation on its result.
inline dnnl::primitive_attr then(dnnl::algorithm activation) {
  dnnl::post_ops list;
  if (activation != dnnl::algorithm::undef) list.append_eltwise(1, activation, 1, 0);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(list);
  return attributes;
}

/// The time of a step of each case, in milliseconds.
double measure_product(const Case& asked);
double measure_dense_training(const Case& asked);
double measure_dense(const Case& asked);
double measure_denoising(const Case& asked);

}  // namespace peers
