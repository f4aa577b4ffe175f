// From a field to what is stored of it: the model's encoder, and the decoder to know what it gets wrong.
#pragma once

#include "restorer.hpp"

namespace insitu {

/// Each tile of a field with mean 0 and standard deviation 1, and how to get back.
struct Normalised {
  std::vector<float> tiles;   ///< tiles × 32 × 32; what is not finite counts as the mean
  std::vector<float> scales;  ///< means, then spreads, as a reader will have them
  std::string stored_scales;
};
Normalised normalise(std::span<const float> field, int rows, int columns);

class Compressor {
 public:
  explicit Compressor(const std::vector<isthmus::NamedTensor>& parameters);

  /// The code alone.
  StoredField compress(std::span<const float> field, int rows, int columns);
  /// Within `epsilon` at every point: the code and what it gets wrong.
  StoredField compress(std::span<const float> field, int rows, int columns, float epsilon);
  /// Within `epsilon` at every point, without the model.
  StoredField compress_alone(std::span<const float> field, int columns, float epsilon) const;

  Restorer& restorer() { return restorer_; }

 private:
  static constexpr int batch = 64;
  isthmus::Encoder<graphs::Field, batch> encoder_;
  Restorer restorer_;
};

/// The largest float that is not above `epsilon`: within it is within `epsilon`.
float float_below(double epsilon);

}  // namespace insitu
