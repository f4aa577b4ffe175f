// The result of lowering: a plain table. It has the compiled elementwise kernel of each group of a plan, and the
// kernels of the anchors (products, sums, transposes) that all models share, for one SIMD target. No template
// here.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <cstdint>

namespace isthmus::lower {

/// A matrix in memory. Element (r, c) is data[r * row_stride + (c / 16) * panel_stride + c % 16]: panels have a
/// row stride of 16, the caller's row-major memory a panel stride of 16, a repeated row a row stride of 0.
/// Panel sums (one float per row and panel p) are data[r * row_stride + p * panel_stride].
struct View {
  float* data = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t panel_stride = 0;
  bool row_major = false;  ///< nothing may be written or read beyond the last column
};

/// A block of a group's iteration space.
struct Tile {
  int row_begin = 0, row_end = 0;
  int panel_begin = 0, panel_end = 0;
};

/// One call of a group's elementwise kernel.
struct FusedCall {
  const View* operands = nullptr;
  const View* results = nullptr;
  int columns = 0;
  const float* one_hots = nullptr;  ///< columns of the program's one_hot instructions
  /// The anchor's result: element (row_begin, first column of panel_begin) is the first float.
  const float* accumulator = nullptr;
  const float* positions = nullptr;           ///< of a max_pool, laid out as the accumulator
  std::int64_t accumulator_panel_stride = 0;  ///< rows are 16 floats apart
};
using Fused = void (*)(const FusedCall& call, const Tile& tile);

/// The extents of one sample of a series, an image or a volume.
struct ImageExtent {
  int depth = 1, height = 1, width = 1, channels = 1;
  bool is_one_row = false;  ///< it has one channel, and lies as a row of pixels

  constexpr int rows() const { return depth * height; }  ///< of pixels
  constexpr int pixels() const { return rows() * width; }
};

/// The data that an operation on images needs beside its operands: the node of the graph, and the extents of what
/// a convolution reads and gives. The image is operand `a`, the result the group's, but conv2d_weights has it in
/// operand `b`.
struct ImageMap {
  Op op{};
  Algorithm algorithm = Algorithm::direct;
  Window window = {};
  bool transposed = false;   ///< resample: the map's transpose; conv2d_pack: for conv2d_transpose
  bool pooled = false;       ///< conv2d: the result is pooled by 2 × 2; conv2d_weights: `b` is, as `c` says
  Attribute attribute = {};  ///< the node's
  ImageExtent image, result;
  bool weights_are_flat = false;  ///< of conv2d_pack's operand, conv2d_restore's result
};

/// The key of random numbers: beside the element, they are a function of these.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::uint32_t stream = 0;  ///< of the node
  /// For each sample its number in the data set; null: its place in the batch is used.
  const std::uint32_t* sample_numbers = nullptr;
};

struct ScalarCall;  // src/lower/scalar_call.hpp

/// One call of an anchor: it computes its tile piece by piece and hands each piece to the elementwise kernel.
struct AnchorCall {
  View a, b, c;
  int a_rows = 0;     ///< rows of `a` in this run
  int a_columns = 0;  ///< columns of `a`
  bool transpose_a = false;
  bool transpose_b = false;  ///< of batched_matmul; elsewhere `b` lies as it is read
  int heads = 1;             ///< of batched_matmul
  Fused fused = nullptr;
  FusedCall call;
  /// The elementwise kernel would only copy: the anchor may write into the one result itself.
  bool stores_alone = false;
  int samples = 0;  ///< in this run
  ImageMap image;
  RandomKey random;
  const RowOperation* row_operation = nullptr;
  RecurrentCell cell = RecurrentCell::lstm;
  bool reversed = false;  ///< a recurrence from the last step to the first
  Shape shapes[4] =
      {};  ///< over rows, of sparse rows, of sequences, and where values move: of the operands, and of the result
  Offset offset = {};                   ///< of a region
  float value = 0;                      ///< its parameter
  const ScalarCall* scalars = nullptr;  ///< of a group of scalars, which is not for kernels
};
/// A kernel: it computes one tile of such a call.
using Kernel = void (*)(const AnchorCall&, const Tile&);

/// The anchors of one SIMD target.
struct Kernels {
  const char* target = "";
  /// The rounding: `fused`, where a product and a sum are rounded once (FMA), gives the same bits on all such
  /// targets; others have the target's name.
  const char* arithmetic = "";
  Kernel matmul = nullptr;
  Kernel transpose = nullptr;
  Kernel column_sum = nullptr;
  Kernel row_sum = nullptr;
  Kernel conv2d = nullptr;
  Kernel conv2d_weights = nullptr;
  Kernel conv2d_pack = nullptr;
  Kernel conv2d_restore = nullptr;
  Kernel max_pool = nullptr;
  Kernel max_unpool = nullptr;
  Kernel max_gather = nullptr;
  Kernel resample = nullptr;
  Kernel reshape = nullptr;
  Kernel move = nullptr;
  Kernel gather = nullptr;
  Kernel scatter = nullptr;
  Kernel recurrence = nullptr;
  Kernel recurrence_gradient = nullptr;
  Kernel batched_matmul = nullptr;
  Kernel random = nullptr;
  Kernel top_k = nullptr;
  Kernel sparse_scatter = nullptr;
  Kernel sparse_gather = nullptr;
  Kernel sparse_matmul = nullptr;
  Kernel sampled_matmul = nullptr;
  Kernel sparse_outer = nullptr;
  /// Floating-point operations per second of one core's FMA units, by running them for about `seconds`.
  double (*measure_peak)(double seconds) = nullptr;
};

/// The anchors for the best SIMD target of this CPU.
const Kernels& kernels();
/// The anchors of matrices alone: the pointers to the kernels of which plan::needs_rare_kernels speaks are null,
/// and these kernels are not linked.
const Kernels& matrix_kernels();

/// The sum of all panel sums, in double, in a fixed order.
double total_sum(const View& sums, int rows, int panels);

/// A scalar group: evaluates its instructions in double. `operands` are values, `results` receive them.
void run_scalars(const plan::Instruction* instructions, int count, double accumulator, const double* operands,
                 double* instruction_results);

struct ProductKernels;  // isthmus/lower/products.hpp

/// A lowered model in one role.
struct Program {
  plan::PlanView plan;
  const Fused* fused = nullptr;  ///< by group; null for scalar groups
  const Kernels* kernels = nullptr;
  const ProductKernels* products = nullptr;  ///< of another precision than fp32, else null
};

}  // namespace isthmus::lower
