// Products with rounded weights for every SIMD target.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/matmul/rounded_kernels.cpp"
#include <hwy/foreach_target.h>

#include "ops/matmul/matmul-inl.h"
#include "ops/matmul/rounded.hpp"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

void bf16_matmul(const AnchorCall& anchor, const Tile& tile) {
  const auto* const data = reinterpret_cast<const Bf16Pair*>(anchor.b.data);
  matmul<Bf16Pair>(anchor, tile, {data, (anchor.a_columns + 1) / 2 * std::int64_t{width}});
}

void int8_matmul(const AnchorCall& anchor, const Tile& tile) {
  const float* const steps = anchor.b.data;
  const auto* const data =
      reinterpret_cast<const std::int8_t*>(steps + plan::panels_of(anchor.call.columns) * width);
  matmul<std::int8_t>(anchor, tile, {data, anchor.a_columns * std::int64_t{width}, steps});
}

const WeightKernels& bf16_table() {
  static constexpr WeightKernels table{&bf16_bytes, &pack_bf16, &bf16_matmul};
  return table;
}

const WeightKernels& int8_table() {
  static constexpr WeightKernels table{&int8_bytes, &pack_int8, &int8_matmul};
  return table;
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::lower {

HWY_EXPORT(bf16_table);
HWY_EXPORT(int8_table);

const WeightKernels& bf16_weights() { return HWY_DYNAMIC_DISPATCH(bf16_table)(); }
namespace {

/// Without VPDPBUSD, or where a sample would not fit on the stack.
const WeightKernels& int8_by_fma() { return HWY_DYNAMIC_DISPATCH(int8_table)(); }

std::int64_t bytes_by_dot(int rows, int columns) {
  return rows <= int8_dot_rows ? int8_words_bytes(rows, columns) : int8_bytes(rows, columns);
}
void pack_for_dot(const View& from, int rows, int columns, void* to) {
  rows <= int8_dot_rows ? pack_int8_words(from, rows, columns, to) : pack_int8(from, rows, columns, to);
}
void matmul_by_dot(const AnchorCall& anchor, const Tile& tile) {
  anchor.a_columns <= int8_dot_rows ? int8_dot_matmul(anchor, tile) : int8_by_fma().matmul(anchor, tile);
}

}  // namespace

const WeightKernels& int8_weights() {
  static constexpr WeightKernels by_dot{&bytes_by_dot, &pack_for_dot, &matmul_by_dot, true};
  return has_int8_dot() ? by_dot : int8_by_fma();
}

}  // namespace isthmus::lower
#endif
