// Cells that go through the steps of sequences, and back through time. Once per SIMD target.
//
// A block of samples goes through all steps at once: in each step one product with the recurrent weights, which
// stay in the second-level cache, and the cell's functions on what is in the first-level one. Every element of a
// product is one chain of multiply-adds in order, so neither blocks nor tiles change a bit.
#if defined(ISTHMUS_SRC_OPS_RECURRENCE_RECURRENCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_RECURRENCE_RECURRENCE_INL_H_
#undef ISTHMUS_SRC_OPS_RECURRENCE_RECURRENCE_INL_H_
#else
#define ISTHMUS_SRC_OPS_RECURRENCE_RECURRENCE_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <hwy/highway.h>

#include <algorithm>

#include "ops/matmul/matmul-inl.h"
#include "ops/recurrence/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Samples that go through the steps together: two micro-tiles of eight rows.
inline constexpr int most_block_samples = 16;

/// Rows of all gates, or of the units, of a block of samples, in panels.
struct BlockRows {
  float* data = nullptr;
  int rows = 0, panels = 0;

  std::int64_t panel_stride() const { return std::int64_t{rows} * width; }
  std::int64_t size() const { return panel_stride() * panels; }
  float* row(int r) const { return data + r * width; }
  /// Sixteen columns of a row, from a panel's first.
  float* at(int r, int panel) const { return row(r) + panel * panel_stride(); }
};

/// Units of one gate, which need not begin where a panel does.
struct GatePlace {
  int column, valid;
  bool is_panel() const { return column % width == 0 && valid == width; }
};

/// Sixteen floats of a row in panels, zero beyond the last unit: where they lie, or `copy`.
HWY_INLINE const float* floats_of(const float* row, std::int64_t panel_stride, GatePlace place, float* copy) {
  if (place.is_panel()) return row + place.column / width * panel_stride;
  for (int i = 0; i < width; ++i) {
    const int column = place.column + i;
    copy[i] = i < place.valid ? row[column / width * panel_stride + column % width] : 0.0f;
  }
  return copy;
}
HWY_INLINE void put_floats(float* row, std::int64_t panel_stride, GatePlace place, const float* from) {
  for (int i = 0; i < place.valid; ++i) {
    const int column = place.column + i;
    row[column / width * panel_stride + column % width] = from[i];
  }
}

/// Adds left · weights to `to`, or replaces it. The panels of the weights are the outer loop: they are read from
/// the second-level cache once for all rows.
template <bool accumulate>
HWY_INLINE void multiply_rows(const BlockRows& left, int inner, const View& weights, const BlockRows& to) {
  static constexpr MicroRows<MicroCall, accumulate> micro_rows;
  const int pieces = (left.rows + most_rows - 1) / most_rows;
  const int height = left.rows / pieces, higher = left.rows % pieces;
  const int at_once = vectors_for(height), end = to.panels * panel_vectors;
  for (int first = 0; first < end; first += at_once) {
    MicroCall call{left.data, left.panel_stride(), weights.data, weights.panel_stride, inner,
                   to.data,   to.panel_stride()};
    for (int i = 0; i < pieces; ++i) {
      const int size = height + (i < higher ? 1 : 0);
      micro_rows.of[size - 1](call, first, std::min(first + at_once, end));
      call.skip_rows(size);
    }
  }
}

/// A recurrence in one direction on one tile, whole samples: the steps, and where things lie.
template <class Cell>
class Recurrence {
 public:
  Recurrence(const AnchorCall& call, int steps, int units)
      : call_(call),
        steps_(steps),
        units_(units),
        unit_panels_(plan::panels_of(units)),
        gate_panels_(plan::panels_of(Cell::facts.gates * units)) {}

  /// `call.a` are projections, `call.b` weights and `call.c` the bias, if there is one.
  void run(const Tile& tile) {
    HWY_ALIGN float memory[most_recurrent_values];
    for_each_block(tile, Cell::facts.traced, memory, [&](int first, int samples, float* free) HWY_ATTR {
      const BlockRows state = take(free, samples, unit_panels_), product = take(free, samples, gate_panels_);
      std::fill_n(product.data, product.size(), 0.0f);  // of the first state, which is zero
      for (int i = 0; i < steps_; ++i) {
        if (i > 0) multiply_rows<false>(state, units_, call_.b, product);
        for (int r = 0; r < samples; ++r) step(first + r, i, product.row(r), product.panel_stride(), state, r);
      }
    });
  }

  /// `call.a` is the trace, `call.b` the transposed weights and `call.c` the gradient of the states.
  void run_gradient(const Tile& tile) {
    HWY_ALIGN float memory[most_recurrent_values];
    for_each_block(tile, Cell::facts.gradients, memory, [&](int first, int samples, float* free) HWY_ATTR {
      const BlockRows state = take(free, samples, unit_panels_), memory_rows = take(free, samples, unit_panels_);
      const BlockRows products = take(free, samples, gate_panels_);
      const BlockRows projections = Cell::facts.gradients == 1 ? products : take(free, samples, gate_panels_);
      for (const BlockRows& rows : {state, memory_rows, products, projections})
        std::fill_n(rows.data, rows.size(), 0.0f);
      for (int i = steps_ - 1; i >= 0; --i) {
        for (int r = 0; r < samples; ++r) {
          step_back(first + r, i, state, memory_rows, products, projections, r);
          store(projections, r, first + r, i, 0);
          if (Cell::facts.gradients == 2) store(products, r, first + r, i, 1);
        }
        if (i > 0) multiply_rows<true>(products, Cell::facts.gates * units_, call_.b, state);
      }
    });
  }

 private:
  template <class Run>
  void for_each_block(const Tile& tile, int parts, float* memory, Run run) {
    const int unit = parts * steps_;
    const auto room = static_cast<int>(most_recurrent_values / recurrent_values(Cell::cell, units_));
    const int at_once = std::min(most_block_samples, room), end = tile.row_end / unit;
    for (int first = tile.row_begin / unit; first < end; first += at_once)
      run(first, std::min(at_once, end - first), memory);
  }
  static BlockRows take(float*& free, int rows, int panels) {
    const BlockRows taken{free, rows, panels};
    free += taken.size();
    return taken;
  }
  /// The place of the i-th step in time.
  int time_of(int i) const { return call_.reversed ? steps_ - 1 - i : i; }
  GatePlace place_of(int gate, int panel) const {
    return {gate * units_ + panel * width, std::min(width, units_ - panel * width)};
  }
  /// The row of a step in a matrix of so many blocks of steps for each sample.
  std::int64_t row_of(int sample, int i, int block, int blocks) const {
    return (std::int64_t{sample} * blocks + block) * steps_ + time_of(i);
  }
  /// The trace of a step, panel by panel.
  float* traced(const View& trace, int sample, int i, int block, int panel) const {
    return trace.data + row_of(sample, i, block, Cell::facts.traced) * trace.row_stride +
           panel * trace.panel_stride;
  }

  void step(int sample, int i, const float* product, std::int64_t product_stride, const BlockRows& state, int r) {
    const View& trace = call_.call.results[0];
    const float* const projection = call_.a.data + row_of(sample, i, 0, 1) * call_.a.row_stride;
    for (int panel = 0; panel < unit_panels_; ++panel) {
      HWY_ALIGN float copies[3][most_gates][width];
      CellStep at;
      for (int g = 0; g < Cell::facts.gates; ++g) {
        const GatePlace place = place_of(g, panel);
        at.projection[g] = floats_of(projection, call_.a.panel_stride, place, copies[0][g]);
        at.product[g] = floats_of(product, product_stride, place, copies[1][g]);
        at.bias[g] = call_.c.data == nullptr ? zero_line
                                             : floats_of(call_.c.data, call_.c.panel_stride, place, copies[2][g]);
      }
      for (int k = 0; k < Cell::facts.traced; ++k) {
        at.before[k] = i > 0 ? traced(trace, sample, i - 1, k, panel) : zero_line;
        at.now[k] = traced(trace, sample, i, k, panel);
      }
      for (int lane = 0; lane < width; lane += lanes) Cell::step(at, lane);
      const int valid = std::min(width, units_ - panel * width);
      for (int k = 0; k < Cell::facts.traced; ++k) std::fill(at.now[k] + valid, at.now[k] + width, 0.0f);
      std::copy_n(at.now[0], width, state.at(r, panel));
    }
  }

  void step_back(int sample, int i, const BlockRows& state, const BlockRows& memory, const BlockRows& products,
                 const BlockRows& projections, int r) {
    const View& trace = call_.a;
    const float* const gradient = call_.c.data + row_of(sample, i, 0, 1) * call_.c.row_stride;
    for (int panel = 0; panel < unit_panels_; ++panel) {
      HWY_ALIGN float copies[2][most_gates][width];
      CellGradient at;
      for (int k = 0; k < Cell::facts.traced; ++k) {
        at.before[k] = i > 0 ? traced(trace, sample, i - 1, k, panel) : zero_line;
        at.now[k] = traced(trace, sample, i, k, panel);
      }
      at.state = gradient + panel * call_.c.panel_stride;
      at.carried[0] = state.at(r, panel);
      at.carried[1] = memory.at(r, panel);
      for (int g = 0; g < Cell::facts.gates; ++g) {
        const GatePlace place = place_of(g, panel);
        const bool lies = place.is_panel();
        at.projection[g] = lies ? projections.at(r, place.column / width) : copies[0][g];
        at.product[g] = lies ? products.at(r, place.column / width) : copies[1][g];
      }
      for (int lane = 0; lane < width; lane += lanes) Cell::gradient(at, lane);
      for (int g = 0; g < Cell::facts.gates; ++g) {
        const GatePlace place = place_of(g, panel);
        if (place.is_panel()) continue;
        put_floats(projections.row(r), projections.panel_stride(), place, copies[0][g]);
        if (Cell::facts.gradients == 2) put_floats(products.row(r), products.panel_stride(), place, copies[1][g]);
      }
    }
  }

  /// Copies a row of all gates to the result.
  void store(const BlockRows& from, int r, int sample, int i, int block) {
    const View& to = call_.call.results[0];
    float* const row = to.data + row_of(sample, i, block, Cell::facts.gradients) * to.row_stride;
    for (int p = 0; p < gate_panels_; ++p) std::copy_n(from.at(r, p), width, row + p * to.panel_stride);
  }

  const AnchorCall& call_;
  int steps_, units_, unit_panels_, gate_panels_;
};

HWY_INLINE void recurrence(const AnchorCall& call, const Tile& tile) {
  const int steps = call.shapes[0].dim[1], units = call.shapes[3].columns();
  if (call.cell == RecurrentCell::lstm) Recurrence<Lstm>(call, steps, units).run(tile);
  else Recurrence<Gru>(call, steps, units).run(tile);
}

HWY_INLINE void recurrence_gradient(const AnchorCall& call, const Tile& tile) {
  const int steps = call.shapes[2].dim[1], units = call.shapes[2].columns();
  if (call.cell == RecurrentCell::lstm) Recurrence<Lstm>(call, steps, units).run_gradient(tile);
  else Recurrence<Gru>(call, steps, units).run_gradient(tile);
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
