// Matrix products on one core, beside the core's own limit: the shapes of `dense` at batch 1024, forward, backward
// (the transposed left operand), and at small batches, of fp32 and of bf16. The counter `of_peak` is the fraction
// of the unit's own peak, that of FMA or of what multiplies bf16, which was measured just before.
#include <isthmus/lower/products.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>

#include "panels.hpp"

namespace {

using bench::Matrix;
using isthmus::lower::AnchorCall;
using isthmus::lower::FusedCall;
using isthmus::lower::Tile;
using isthmus::plan::panels_of;

void no_epilogue(const FusedCall&, const Tile&) {}

using Anchor = void (*)(const AnchorCall&, const Tile&);

void run(benchmark::State& state, Anchor anchor, double peak, int rows, int inner, int columns, bool transposed) {
  const Matrix a(transposed ? inner : rows, transposed ? rows : inner), b(inner, columns);
  AnchorCall call;
  call.a = a.view();
  call.b = b.view();
  call.a_rows = transposed ? inner : rows;
  call.a_columns = transposed ? rows : inner;
  call.transpose_a = transposed;
  call.fused = &no_epilogue;
  call.call.columns = columns;
  for (auto _ : state)
    for (int r = 0; r < rows; r += 128) anchor(call, {r, std::min(r + 128, rows), 0, panels_of(columns)});
  const double flops = 2.0 * rows * inner * columns * static_cast<double>(state.iterations());
  state.counters["flops"] = benchmark::Counter(flops, benchmark::Counter::kIsRate);
  state.counters["of_peak"] = benchmark::Counter(flops / peak, benchmark::Counter::kIsRate);
}

void matmul(benchmark::State& state, int rows, int inner, int columns, bool transposed) {
  const auto& kernels = isthmus::lower::kernels();
  run(state, kernels.matmul, kernels.measure_peak(0.05), rows, inner, columns, transposed);
}
void bf16_matmul(benchmark::State& state, int rows, int inner, int columns, bool transposed) {
  const auto& products = isthmus::lower::bf16_products();
  run(state, products.matmul, products.measure_peak(0.05), rows, inner, columns, transposed);
}

}  // namespace

BENCHMARK_CAPTURE(matmul, enc1_forward_1024, 1024, 784, 512, false);
BENCHMARK_CAPTURE(matmul, enc2_forward_1024, 1024, 512, 128, false);
BENCHMARK_CAPTURE(matmul, dec3_forward_1024, 1024, 512, 784, false);
BENCHMARK_CAPTURE(matmul, enc1_weight_gradient_1024, 784, 1024, 512, true);
BENCHMARK_CAPTURE(matmul, dec3_weight_gradient_1024, 512, 1024, 784, true);
BENCHMARK_CAPTURE(matmul, enc1_forward_32, 32, 784, 512, false);
BENCHMARK_CAPTURE(matmul, enc1_weight_gradient_32, 784, 32, 512, true);
BENCHMARK_CAPTURE(matmul, enc1_forward_1, 1, 784, 512, false);
BENCHMARK_CAPTURE(bf16_matmul, enc1_forward_1024, 1024, 784, 512, false);
BENCHMARK_CAPTURE(bf16_matmul, dec3_forward_1024, 1024, 512, 784, false);
BENCHMARK_CAPTURE(bf16_matmul, enc1_weight_gradient_1024, 784, 1024, 512, true);
BENCHMARK_CAPTURE(bf16_matmul, enc1_forward_32, 32, 784, 512, false);
BENCHMARK_CAPTURE(bf16_matmul, enc1_weight_gradient_32, 784, 32, 512, true);

BENCHMARK_MAIN();
