// From what is stored of a field to the field: all that a reader needs, the model's decoder and no encoder.
#pragma once

#include <isthmus_models/field.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace insitu {

/// A field as it is stored: strings of isthmus/data/bounded.hpp.
struct StoredField {
  std::string scales;    ///< 2 × tiles: means, then spreads
  std::string codes;     ///< tiles × code_size; empty, as are the scales, if the model was of no use
  std::string residual;  ///< the field within a bound of what the model makes of the code; empty: the code must do

  std::size_t bytes() const { return scales.size() + codes.size() + residual.size(); }
};

class Restorer {
 public:
  /// The decoder's parameters; others may be among them. Throws ShapeError, naming `source`, if one is missing.
  Restorer(const std::vector<isthmus::NamedTensor>& parameters, const std::string& source);

  /// The SIMD target, on which the bits of a guess depend.
  std::string_view maker() const { return decoder_.session().program().kernels->target; }

  /// The decoder's result for the code: rows × columns values; zeros if there is no code. The same bits on any
  /// number of threads and ranks, for the same build and SIMD target. `name` is the field's in messages.
  std::vector<float> guess(const StoredField& stored, int rows, int columns, const std::string& name);

  /// The field. Throws FileError if a string is damaged or the guess is not what it was when the field was stored.
  std::vector<float> restore(const StoredField& stored, int rows, int columns, const std::string& name);

 private:
  static constexpr int batch = 64;  ///< tiles at a time, so that their activations stay in the cache
  isthmus::Decoder<graphs::Field, batch> decoder_;
};

}  // namespace insitu
