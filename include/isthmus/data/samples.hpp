// A data set, in memory or in its file: samples of one shape, read as floats whatever they are stored as. The
// readers of files give it; batch sources and reports take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace isthmus::data {

class FileValues;
class Window;

/// Files of up to so many bytes are held in memory unless a caller says otherwise; the larger ones that can be are
/// read while they are used.
inline constexpr std::uint64_t usually_held = std::uint64_t{256} << 20;

/// The finite number that replaces a missing value (NaN). Without it, missing values are refused.
using Fill = std::optional<float>;
/// Missing values stay what they are, for models that are declared with them.
inline constexpr Fill kept_missing = std::numeric_limits<float>::quiet_NaN();

/// An immutable set of samples of one shape, row-major, images as height × width × channels. Copies and
/// slices share the values, and any number of threads may read. Held or read from a file, the values are the same,
/// bit for bit. What reads from a file allocates nothing, unless a library reads it, and throws FileError if the
/// file has become shorter or cannot be read, and NumberError, as the constructor does, if a float in it has
/// become NaN or infinite.
class Samples {
 public:
  /// Bytes are kept as they are, a quarter of the memory, and read as byte / 255, so in [0, 1]. Floats are
  /// read unchanged.
  using Values = std::variant<std::vector<std::uint8_t>, std::vector<float>>;

  /// An empty set of shape {}.
  Samples();

  /// `name` is what messages call the set: the file that it is from. `shape` is that of one sample, `values`
  /// is count × shape, `labels` is empty or one per sample. Throws ShapeError if these do not fit each other,
  /// and NumberError, naming the sample and the position in it, if a float is infinite, or is NaN and no `fill` is
  /// given.
  Samples(std::string name, std::vector<std::int64_t> shape, Values values, std::vector<std::uint8_t> labels = {},
          Fill fill = {});

  /// A set whose values stay in their file. Floating-point values are all read once, here, to check that they are
  /// finite.
  Samples(std::string name, std::vector<std::int64_t> shape, Window values, Fill fill = {});
  Samples(std::string name, std::vector<std::int64_t> shape, std::unique_ptr<const FileValues> values,
          Fill fill = {});

  const std::string& name() const;
  std::size_t count() const { return count_; }
  /// The shape of one sample: {28, 28}, {784}, {height, width, channels}.
  const std::vector<std::int64_t>& shape() const;
  /// Floats per sample.
  std::size_t sample_size() const;
  /// Whether the values are in memory, not in a file.
  bool held() const;
  /// One label per sample, or none.
  std::span<const std::uint8_t> labels() const;

  /// The same samples with these labels: one each, or none, which changes nothing. Throws ShapeError if there are
  /// more or fewer.
  Samples with_labels(std::vector<std::uint8_t> labels) const;

  /// Writes the samples [first, first + n), n × sample_size() floats. Throws ShapeError if there are fewer.
  void values(std::size_t first, std::size_t n, float* out) const;

  /// Writes the samples of the given numbers, in that order, indices.size() × sample_size() floats. Throws
  /// ShapeError if there is no such sample.
  void gather(std::span<const std::uint32_t> indices, float* out) const;

  /// The samples [first, first + n) and their labels, without copying. Throws ShapeError if there are fewer.
  Samples slice(std::size_t first, std::size_t n) const;

  /// Statistics of all values of all samples that are not missing, as they are read; zeros if there are none.
  struct Statistics {
    float minimum = 0, maximum = 0;
    double mean = 0;
  };
  Statistics statistics() const;
  double mean() const { return statistics().mean; }

 private:
  struct Storage;

  void require(std::size_t first, std::size_t n) const;
  void set_labels(std::vector<std::uint8_t> labels);

  std::shared_ptr<const Storage> storage_;
  std::shared_ptr<const std::vector<std::uint8_t>> labels_;  ///< of the whole set; null: none
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace isthmus::data
