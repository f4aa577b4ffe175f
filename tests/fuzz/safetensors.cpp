// safetensors files: as tensors, as a model, and as another program's weights. What is read is written to the same
// tensors again.
#include "target.hpp"

#include <isthmus/interchange/import.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <bit>

using namespace isthmus::interchange;

namespace {

bool same(const TensorFile& a, const TensorFile& b) {
  const auto equal = [](const isthmus::NamedTensor& x, const isthmus::NamedTensor& y) {
    // NaN is a value like any other here.
    return x.name == y.name && x.shape == y.shape &&
           std::equal(x.values.begin(), x.values.end(), y.values.begin(), y.values.end(), [](float u, float v) {
             return std::bit_cast<std::uint32_t>(u) == std::bit_cast<std::uint32_t>(v);
           });
  };
  return a.metadata == b.metadata &&
         std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(), equal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // A tensor without values takes some 50 bytes of the header, and several strings and nodes of memory.
  constexpr fuzz::MemoryBound bound{.fixed = 16384, .per_byte = 24};
  const auto path = fuzz::file_of(bytes, size);
  fuzz::check(path, size, bound, [](const auto& file) { read_model(file); });
  fuzz::check(path, size, bound, [](const auto& file) { read_safetensors_weights(file); });
  TensorFile tensors;
  bool whole = false;
  fuzz::check(path, size, bound, [&](const auto& file) {
    tensors = read_safetensors(file);
    whole = true;
  });
  if (!whole) return 0;
  const std::string again = serialize_safetensors(tensors);
  const auto copy = fuzz::file_of(reinterpret_cast<const std::uint8_t*>(again.data()), again.size());
  if (!same(tensors, read_safetensors(copy))) fuzz::fail("tensors that change when they are written and read");
  return 0;
}
