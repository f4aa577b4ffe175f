// Weights of models that other programs have trained: from the layouts of PyTorch and Keras into ours. Sources:
// PyTorch 2, "torch.nn" (Linear, Conv2d, ConvTranspose2d, BatchNorm2d); Keras 3, "Layers API" (Dense, Conv2D,
// Conv2DTranspose, BatchNormalization).
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::interchange {

/// How tensors lie, and what they are called.
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
  std::string type;           ///< as safetensors names it: `F32`, `BF16`, `I64`
  std::vector<float> values;  ///< row-major, rounded to 32 bits; none of a type that is no floating-point number
  std::string layer = {};     ///< what the file calls the layer beside the tensor's name; empty if it does not
};

/// What a file holds.
struct ForeignWeights {
  std::string file;  ///< as messages name it
  std::vector<ForeignTensor> tensors;
  /// Whether the tensors are in the order of the layers. Else only their names say which comes first.
  bool in_order = false;
};

/// Reads a safetensors file of any types of numbers: those of F16, BF16, F32 and F64 become floats, of the others
/// there are no values. Throws FileError as read_safetensors does.
ForeignWeights read_safetensors_weights(const std::filesystem::path& path);

/// Where a parameter came from.
struct ImportedTensor {
  std::string ours;
  std::vector<std::int64_t> our_shape;
  std::string theirs;
  std::vector<std::int64_t> their_shape;
  std::string done;  ///< `as it is`, or what was done on the way
};

struct ImportedWeights {
  std::vector<Tensor> tensors;           ///< every parameter, in the graph's order
  std::vector<ImportedTensor> sources;   ///< of each of these
  std::vector<std::string> passed_over;  ///< tensors that no model here has use for: counters, random states
};

/// OURS=THEIRS: a layer or a parameter of the graph, and a layer or a tensor of the file.
using NamePair = std::pair<std::string, std::string>;

/// Finds a tensor for every parameter of the graph (in the graph's own words: its layers and parameters), and puts
/// its values where the graph has them. A layer of the graph gets, in this order:
/// 1. what `names` says. THEIRS is written with `.` or `/` between its parts;
/// 2. the layer of its own name: its whole name in the file, or the last part of it, or what the file says
/// besides;
/// 3. of the remaining ones of its kind (dense, convolution, batch norm, a bias alone) and of its shape, the next
/// in
///    order. If the file has none, the order is that of the names: what begins with `enc` is before the rest and
///    what begins with `dec` behind it, then numbers decide (`fc2`, `fc10`; `dense`, `dense_1`). If only the
///    alphabet told two layers apart that fit each other's place, that is an error.
/// Where a layer is `tied`, the file has the weight once, and a bias alone for the layer that shares it.
/// Rows of a dense layer behind an image that was made a row, columns of one in front of an image, and what is
/// between them, are put in the order of our images. Passed over are `num_batches_tracked`, and what lies under
/// `optimizer` or `seed_generator`. Throws FileError that names the tensor if one is missing, too many, of another
/// shape or of integers, or if it is not clear which one is meant; NumberError for NaN and infinity; ShapeError if
/// the graph takes an image's values in an order that PyTorch's layout does not have; Error if `names` has a name
/// that the graph does not know.
ImportedWeights import_weights(GraphView graph, const ForeignWeights& weights, Layout layout,
                               std::span<const NamePair> names = {});

}  // namespace isthmus::interchange
