// Fields within a bound: what a model gets wrong is stored beside its code, so that every point comes back within
// ε. Sources: Tao et al. 2017, "Significantly Improving Lossy Compression for Scientific Data Sets Based on
// Multidimensional Prediction and Error-Controlled Quantization" (SZ); Tian et al. 2020, "cuSZ", section III.A,
// for the prediction on integers, which depends on no rounding.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::data {

/// The metadata of a string that encode_bounded made.
struct BoundedInfo {
  std::int64_t values = 0;
  std::int64_t width = 0;            ///< values in a row
  float epsilon = 0;                 ///< in the field's unit
  std::int64_t exact = 0;            ///< values stored bit for bit, because no quantised one was close enough
  std::uint64_t guess_checksum = 0;  ///< XXH3 of the guess
  std::string maker;                 ///< the program that made the guess
};

/// Stores `field`, rows of `width` values, for a decoder that has `guess`, any floats, such as a model's
/// reconstruction. The decoder gets y with |x - y| ≤ epsilon at every finite x, which is verified here point by
/// point with the very numbers that it will compute; NaN and infinity come back bit for bit. A good guess makes
/// the string short; where it is bad, neighbours predict each other instead, as in SZ, chosen for each block of
/// about 4096 values.
///
/// The decoder's guess must have the same bits. A model's reconstruction has them for the same build on every SIMD
/// target that has fused multiply-add, with any number of threads and any batch; `maker` (at most 255 bytes) says
/// which target that was.
///
/// Throws ShapeError if the sizes do not fit; NumberError unless epsilon is finite and positive.
std::string encode_bounded(std::span<const float> field, std::int64_t width, std::span<const float> guess,
                           float epsilon, std::string_view maker = {});
/// Doubles are not stored as doubles: rounded to floats they would be off by more than a small bound says. A
/// caller to whom floats are good enough rounds them, and has a bound from the rounded ones.
std::string encode_bounded(std::span<const double> field, std::int64_t width, std::span<const float> guess,
                           double epsilon, std::string_view maker = {}) = delete;
std::string encode_bounded(std::span<const double> field, std::int64_t width, std::span<const double> guess,
                           double epsilon, std::string_view maker = {}) = delete;

/// The field of `bytes`. `source` is what messages call them. Throws FileError if they are damaged, or if `guess`
/// has other bits than the encoder's, naming both makers; takes no more memory than a small multiple of the
/// guess's.
std::vector<float> decode_bounded(std::string_view bytes, std::span<const float> guess,
                                  std::string_view maker = {}, const std::string& source = "bounded field");

/// The header alone, after the checksum of the whole. Throws FileError as decode_bounded does.
BoundedInfo describe_bounded(std::string_view bytes, const std::string& source = "bounded field");

}  // namespace isthmus::data
