// A data set in memory: samples of one shape, read as floats whatever they are stored as. The readers of
// files give it; batch sources and reports take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace isthmus::data {

/// An immutable set of samples of one shape, row-major, images as height × width × channels. Copies and
/// slices share the values, and any number of threads may read.
class Samples {
 public:
  /// Bytes are kept as they are, a quarter of the memory, and read as byte / 255, so in [0, 1]. Floats are
  /// read unchanged.
  using Values = std::variant<std::vector<std::uint8_t>, std::vector<float>>;

  /// An empty set of shape {}.
  Samples();

  /// `name` is what messages call the set: the file that it is from. `shape` is that of one sample, `values`
  /// is count × shape, `labels` is empty or one per sample. Throws ShapeError if these do not fit each other,
  /// and NumberError, naming the sample and the position in it, if a float is NaN or infinite.
  Samples(std::string name, std::vector<std::int64_t> shape, Values values,
          std::vector<std::uint8_t> labels = {});

  const std::string& name() const { return storage_->name; }
  std::size_t count() const { return count_; }
  /// The shape of one sample: {28, 28}, {784}, {height, width, channels}.
  const std::vector<std::int64_t>& shape() const { return storage_->shape; }
  /// Floats per sample.
  std::size_t sample_size() const { return storage_->sample_size; }
  /// One label per sample, or none.
  std::span<const std::uint8_t> labels() const;

  /// Writes the samples [first, first + n), n × sample_size() floats. Throws ShapeError if there are fewer.
  void values(std::size_t first, std::size_t n, float* out) const;

  /// Writes the samples of the given numbers, in that order, indices.size() × sample_size() floats. Throws
  /// ShapeError if there is no such sample.
  void gather(std::span<const std::uint32_t> indices, float* out) const;

  /// The samples [first, first + n) and their labels, without copying. Throws ShapeError if there are fewer.
  Samples slice(std::size_t first, std::size_t n) const;

  /// The mean of all values of all samples, as they are read; 0 for an empty set.
  double mean() const;

 private:
  struct Storage {
    std::string name;
    std::vector<std::int64_t> shape;
    std::size_t sample_size = 0;
    Values values;
    std::vector<std::uint8_t> labels;
  };

  void require(std::size_t first, std::size_t n) const;

  std::shared_ptr<const Storage> storage_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace isthmus::data
