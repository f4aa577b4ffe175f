#include "classic_size.hpp"

#include <netcdf.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "classic_name.hpp"

namespace isthmus::interchange {
namespace {

/// A sum that knows when it has become too large.
class Bytes {
 public:
  void add(std::uint64_t more) { failed_ = __builtin_add_overflow(bytes_, more, &bytes_) || failed_; }
  void multiply(std::uint64_t factor) { failed_ = __builtin_mul_overflow(bytes_, factor, &bytes_) || failed_; }
  /// Up to the next multiple of four, as all parts of a file but the last begin; returns what that added.
  std::uint64_t pad() {
    const std::uint64_t padding = (4 - bytes_ % 4) % 4;
    add(padding);
    return padding;
  }
  void add(const Bytes& more) {
    add(more.bytes_);
    failed_ = failed_ || more.failed_;
  }
  void subtract(std::uint64_t less) { bytes_ -= less; }
  std::optional<std::uint64_t> get() const { return failed_ ? std::nullopt : std::optional(bytes_); }

 private:
  std::uint64_t bytes_ = 0;
  bool failed_ = false;
};

std::uint64_t size_of_type(nc_type type) {
  switch (type) {
    case NC_SHORT:
    case NC_USHORT: return 2;
    case NC_INT:
    case NC_UINT:
    case NC_FLOAT: return 4;
    case NC_INT64:
    case NC_UINT64:
    case NC_DOUBLE: return 8;
    default: return 1;
  }
}

/// Computes the size by queries to the library; the first query that fails ends the computation.
class Measure {
 public:
  Measure(int id, std::uint64_t file_size) : id_(id), name_(room_for_name(file_size)) {}

  std::optional<std::uint64_t> measure() {
    int dimensions = 0, variables = 0, attributes = 0, format = 0;
    ask(nc_inq(id_, &dimensions, &variables, &attributes, &unlimited_));
    ask(nc_inq_format(id_, &format));
    if (failed_) return std::nullopt;
    word_ = format == NC_FORMAT_CDF5 ? 8 : 4;
    offset_ = format == NC_FORMAT_CLASSIC ? 4 : 8;
    // The magic number, the number of records, and three lists.
    size_.add(4 + word_ + 3 * list());
    add_attributes(NC_GLOBAL, attributes);
    for (int i = 0; i < dimensions && !failed_; ++i) add_dimension(i);
    for (int i = 0; i < variables && !failed_; ++i) add_variable(i);
    if (failed_) return std::nullopt;
    const std::uint64_t records = unlimited_ < 0 ? 0 : lengths_[static_cast<std::size_t>(unlimited_)];
    // The records of a variable that is alone in them are not padded.
    if (in_records_ == 1) record_.subtract(record_padding_);
    record_.multiply(records);
    // Neither need the last value of all be.
    if (in_records_ == 0 || records == 0) size_.subtract(fixed_padding_);
    else if (in_records_ > 1) size_.subtract(record_padding_);
    size_.add(record_);
    return size_.get();
  }

 private:
  void ask(int status) { failed_ = failed_ || status != NC_NOERR; }
  /// The bytes before a list's items: a tag and a count.
  std::uint64_t list() const { return 4 + word_; }

  void add_name() {
    Bytes name;
    name.add(std::string_view(name_.get()).size());
    name.pad();
    size_.add(word_);
    size_.add(name);
  }

  void add_dimension(int i) {
    std::size_t length = 0;
    ask(nc_inq_dim(id_, i, name_.get(), &length));
    lengths_.push_back(length);
    add_name();
    size_.add(word_);
  }

  void add_attributes(int variable, int count) {
    for (int i = 0; i < count && !failed_; ++i) {
      nc_type type{};
      std::size_t length = 0;
      ask(nc_inq_attname(id_, variable, i, name_.get()));
      ask(nc_inq_att(id_, variable, name_.get(), &type, &length));
      add_name();
      Bytes values;
      values.add(length);
      values.multiply(size_of_type(type));
      values.pad();
      size_.add(4 + word_);
      size_.add(values);
    }
  }

  void add_variable(int i) {
    nc_type type{};
    int rank = 0, attributes = 0;
    ask(nc_inq_varndims(id_, i, &rank));
    if (failed_ || rank < 0) return ask(NC_EINVAL);
    std::vector<int> dimensions(static_cast<std::size_t>(rank));
    ask(nc_inq_var(id_, i, name_.get(), &type, nullptr, dimensions.data(), &attributes));
    if (failed_) return;
    add_name();
    // Its dimensions; its attributes; its type, size and place.
    size_.add(word_ + word_ * dimensions.size() + list() + 4 + word_ + offset_);
    add_attributes(i, attributes);
    Bytes values;
    values.add(size_of_type(type));
    const bool is_record = !dimensions.empty() && dimensions[0] == unlimited_;
    for (std::size_t axis = is_record ? 1 : 0; axis < dimensions.size(); ++axis)
      values.multiply(lengths_.at(static_cast<std::size_t>(dimensions[axis])));
    (is_record ? record_padding_ : fixed_padding_) = values.pad();
    (is_record ? record_ : size_).add(values);
    in_records_ += is_record ? 1 : 0;
  }

  int id_, unlimited_ = -1, in_records_ = 0;
  std::uint64_t word_ = 4, offset_ = 4;                   ///< bytes of counts, and of places in the file
  std::vector<std::size_t> lengths_;                      ///< of the dimensions
  Bytes size_, record_;                                   ///< of all but records, and of a record
  std::uint64_t fixed_padding_ = 0, record_padding_ = 0;  ///< of the last variable of either sort
  bool failed_ = false;
  std::unique_ptr<char[]> name_;  ///< the one that was asked for last
};

}  // namespace

std::optional<std::uint64_t> least_size(int id, std::uint64_t file_size) {
  return Measure(id, file_size).measure();
}

}  // namespace isthmus::interchange
