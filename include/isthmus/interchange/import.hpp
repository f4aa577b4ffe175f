// Weights of models that other programs have trained: from the layouts of PyTorch and Keras into ours. Sources:
// PyTorch 2, "torch.nn" (Linear, Conv2d, ConvTranspose2d, BatchNorm2d); Keras 3, "Layers API" (Dense, Conv2D,
// Conv2DTranspose, BatchNormalization).
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::interchange {

/// The layout of tensors, and their names.
enum class Layout {
  /// dense [out, in], convolutions [out, in, height, width], transposed ones [in, out, height, width]; images are
  /// [channels, height, width], also where they are made rows; `weight`, `bias`, `running_mean`, `running_var`
  torch,
  /// dense [in, out], convolutions [height, width, in, out], transposed ones [height, width, out, in]; images are
  /// [height, width, channels]; `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`
  keras,
};

/// A tensor as another program has it.
struct ForeignTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::string type;           ///< its name in safetensors: `F32`, `BF16`, `I64`
  std::vector<float> values;  ///< row-major, rounded to 32 bits; none of a type that is no floating-point number
  std::string layer = {};     ///< the layer's name in the file beside the tensor's; empty if there is none
  std::string merged = {};    ///< its source if it was computed, in words; empty if it is a tensor of the file
};

/// The tensors of a file from another program.
struct ForeignWeights {
  std::string file;  ///< its name in messages
  std::vector<ForeignTensor> tensors;
  /// Whether the tensors are in the order of the layers. Else only their names say which comes first.
  bool in_order = false;
  /// The names of tensors that were not read, since they are no model's: an optimizer's.
  std::vector<std::string> passed_over = {};
};

/// Reads a safetensors file of any types of numbers: those of F16, BF16, F32 and F64 become floats, of the others
/// there are no values. Throws FileError as read_safetensors does.
ForeignWeights read_safetensors_weights(const std::filesystem::path& path);

/// The source of a parameter.
struct ImportedTensor {
  std::string ours;
  std::vector<std::int64_t> our_shape;
  std::string theirs;
  std::vector<std::int64_t> their_shape;
  std::string done;         ///< `as it is`, or what was done on the way
  std::string their_layer;  ///< the layer's name in the file beside the tensor's; empty if there is none
};

struct ImportedWeights {
  std::vector<NamedTensor> tensors;      ///< every parameter, in the graph's order
  std::vector<ImportedTensor> sources;   ///< of each of these
  std::vector<std::string> passed_over;  ///< tensors that no parameter was looked for among
  /// Settings that no file holds and whose value in the graph differs from the other program's default: a batch
  /// norm's ε.
  std::vector<std::string> notes;
};

/// OURS=THEIRS: a layer or a parameter of the graph, and a layer or a tensor of the file.
using NamePair = std::pair<std::string, std::string>;

/// Options by which the caller describes the file. Names are those of the file, with `.` or `/` between their
/// parts.
struct ImportOptions {
  std::vector<NamePair> names = {};
  /// Tensors, layers, and parts of a model with all that is below them, which are passed over.
  std::vector<std::string> ignored = {};
  /// Only what is below this part of the file is looked at, and named without it: `ema_model`.
  std::string prefix = {};
};

/// Finds a tensor for every parameter of the graph (in the graph's own words: its layers and parameters), and puts
/// its values where the graph has them. A layer of the graph gets, in this order:
/// 1. what `options.names` says;
/// 2. the layer of its own name: its whole name in the file, or the last part of it, or what the file says
///    besides (a name that Isthmus gave, `layer00`, says nothing);
/// 3. of the remaining ones of its kind (dense, convolution, batch norm, a bias alone) and of its shape
///    a. the one whose name says that it gives a mean, or a variance, as the layer's own name does: `mu` gets
///       `z_mean`, `log_var` gets `fc_logvar`;
///    b. the next in order, if each of the layers feeds the next. If the file has no order, it is that of the
///       names: what begins with the word `enc` or `encoder` is before the rest and `dec` or `decoder` behind it,
///       then numbers decide (`fc2`, `fc10`; `dense`, `dense_1`). If only the alphabet told two layers apart that
///       fit each other's place, or if two of the graph's lie side by side, that is an error: no order says which
///       is which.
/// Where a layer is `tied`, the file has the weight once, and a bias alone for the layer that shares it.
/// Rows of a dense layer behind an image that was made a row, columns of one in front of an image, and what is
/// between them, are put in the order of our images. What PyTorch computes a weight from in each step is merged:
/// weight_norm and spectral_norm in both forms, and pruning. What wraps a model (`module` before all names,
/// `_orig_mod`) is no part of a name. Passed over are counters (`num_batches_tracked`, `n_averaged`), metrics, and
/// the states of optimizers and random generators.
/// Throws FileError that names the tensor if one is missing, too many, of another shape or of integers, called as
/// in the other layout, or if it is not clear which one is meant, and if nothing is below the prefix or called as
/// what is ignored; NumberError for NaN and infinity; ShapeError if the graph takes an image's values in an order
/// that PyTorch's layout does not have; Error if `options.names` has a name that the graph does not know.
ImportedWeights import_weights(GraphView graph, ForeignWeights weights, Layout layout,
                               const ImportOptions& options = {});

}  // namespace isthmus::interchange
