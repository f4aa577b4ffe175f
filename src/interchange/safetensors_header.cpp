#include "safetensors_header.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/json/basic_parser_impl.hpp>
#include <limits>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "data/shapes.hpp"
#include "text.hpp"

namespace isthmus::interchange {
namespace {

namespace json = boost::json;

constexpr std::string_view metadata_key = "__metadata__";

constexpr NumberType number_types[] = {{"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8},     {"I64", 8},
                                       {"I32", 4}, {"I16", 2}, {"I8", 1},   {"U64", 8},     {"U32", 4},
                                       {"U16", 2}, {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};

/// The type of that name, or nullptr.
const NumberType* type_of(std::string_view name, AcceptedTypes accepted) {
  const auto known = std::span(number_types).first(accepted == AcceptedTypes::f32 ? 1 : std::size(number_types));
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const NumberType& type) { return type.name == name; });
  return found == known.end() ? nullptr : &*found;
}

std::string place_of(std::string_view key) { return key == metadata_key ? std::string(key) : tensor_place(key); }

/// Takes the parser's events. There is no tree of values: a header of a hundred megabytes would become
/// gigabytes of it, and of two equal keys it would keep one.
class Handler {
 public:
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();

  Handler(const std::string& file, AcceptedTypes accepted) : file_(file), accepted_(accepted) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    if (within_ == Within::document) {
      within_ = Within::header;
    } else if (within_ == Within::header && key_ == metadata_key) {
      within_ = Within::metadata;
    } else if (within_ == Within::header) {
      within_ = Within::tensor;
      header_.tensors.push_back({key_, nullptr, {}, 0, 0});
      fields_.clear();
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool on_object_end(std::size_t, json::error_code&) {
    if (within_ == Within::tensor) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!fields_.contains(field)) fail(field, "none");
      }
    }
    within_ = within_ == Within::header ? Within::document : Within::header;
    return true;
  }

  bool on_array_begin(json::error_code&) {
    if (within_ != Within::tensor || key_ == "dtype") unexpected("an array");
    within_ = key_ == "shape" ? Within::shape : Within::offsets;
    offsets_ = 0;
    return true;
  }

  bool on_array_end(std::size_t, json::error_code&) {
    if (within_ == Within::offsets && offsets_ != 2) fail("two data_offsets", fmt::format("{}", offsets_));
    within_ = Within::tensor;
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text_ += part;
    return true;
  }

  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    text_ += part;
    key_ = std::exchange(text_, {});
    if (within_ == Within::header) {
      if (!names_.insert(key_).second) throw FileError(file_, place_of(key_), "each name once", "it again");
    } else if (within_ == Within::metadata) {
      if (header_.metadata.contains(key_)) fail("each key once", in_quotes(key_) + " again");
    } else if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets") {
      fail("dtype, shape and data_offsets", in_quotes(key_));
    } else if (!fields_.insert(key_).second) {
      fail(key_ + " once", "it again");
    }
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text_ += part;
    return true;
  }

  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    text_ += part;
    std::string value = std::exchange(text_, {});
    if (within_ == Within::metadata) {
      header_.metadata.emplace(key_, std::move(value));
    } else if (within_ == Within::tensor && key_ == "dtype") {
      header_.tensors.back().type = type_of(value, accepted_);
      if (header_.tensors.back().type == nullptr)
        fail(accepted_ == AcceptedTypes::f32 ? "dtype 'F32'" : "dtype 'F32' or another of the format's",
             in_quotes(value));
    } else {
      unexpected("a string");
    }
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    if (value < 0) fail("integers from 0", fmt::format("{}", value));
    if (within_ == Within::shape) {
      TensorEntry& tensor = header_.tensors.back();
      if (tensor.shape.size() == largest_rank) {
        fail(fmt::format("at most {} dimensions", largest_rank), "more");
      }
      tensor.shape.push_back(value);
    } else if (within_ == Within::offsets) {
      TensorEntry& tensor = header_.tensors.back();
      if (offsets_ < 2) (offsets_ == 0 ? tensor.begin : tensor.end) = static_cast<std::uint64_t>(value);
      ++offsets_;
    } else {
      unexpected("a number");
    }
    return true;
  }

  // Only what exceeds int64 comes here.
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    fail("integers below 2^63", fmt::format("{}", value));
  }
  bool on_double(double value, json::string_view, json::error_code&) {
    fail("integers", fmt::format("{}", value));
  }
  bool on_bool(bool value, json::error_code&) { unexpected(value ? "true" : "false"); }
  bool on_null(json::error_code&) { unexpected("null"); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  enum class Within { document, header, metadata, tensor, shape, offsets };

  // More than any framework has; without a limit, a header of short dimensions would grow in memory.
  static constexpr std::size_t largest_rank = 64;

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    std::string place = "the header";
    if (within_ == Within::metadata) place = metadata_key;
    if (within_ >= Within::tensor) place = tensor_place(header_.tensors.back().name);
    throw FileError(file_, place, expected, found);
  }

  [[noreturn]] void unexpected(const std::string& found) const {
    switch (within_) {
      case Within::document: fail("an object", found);
      case Within::header: throw FileError(file_, place_of(key_), "an object", found);
      case Within::metadata: fail("strings", found);
      case Within::tensor: fail(key_ == "dtype" ? "a string as dtype" : "an array as " + key_, found);
      case Within::shape:
      case Within::offsets: break;
    }
    fail("integers as " + key_, found);
  }

  const std::string& file_;
  AcceptedTypes accepted_;
  SafetensorsHeader header_;
  Within within_ = Within::document;
  std::string text_;
  std::string key_;
  std::set<std::string> names_;
  std::set<std::string> fields_;
  std::size_t offsets_ = 0;
};

void require_sizes(const TensorEntry& tensor, std::uint64_t data_size, const std::string& file) {
  const std::string place = tensor_place(tensor.name);
  const std::string offsets = fmt::format("data_offsets [{}, {}]", tensor.begin, tensor.end);
  if (tensor.begin > tensor.end || tensor.end > data_size) {
    throw FileError(file, place, fmt::format("a place within {} bytes of data", data_size), offsets);
  }
  const auto count = data::value_count(tensor.shape);
  const std::uint64_t size = tensor.end - tensor.begin;
  const std::uint64_t each = tensor.type->size;
  if (!count || size % each != 0 || *count != size / each) {
    throw FileError(file, place,
                    fmt::format("{} bytes for each value of shape {}", each, data::shape_text(tensor.shape)),
                    offsets);
  }
}

void require_cover(const std::vector<TensorEntry>& tensors, std::uint64_t data_size, const std::string& file) {
  std::uint64_t end = 0;
  for (const TensorEntry& tensor : tensors) {
    if (tensor.begin != end) {
      throw FileError(file, tensor_place(tensor.name), fmt::format("data that begin at {}, where others end", end),
                      fmt::format("{} {}", tensor.begin < end ? "an overlap from" : "a gap up to", tensor.begin));
    }
    end = tensor.end;
  }
  if (end != data_size) {
    throw FileError(file, "the data", fmt::format("{} bytes, as the tensors have", end),
                    fmt::format("{}", data_size));
  }
}

}  // namespace

std::string tensor_place(std::string_view name) { return "tensor " + in_quotes(name); }

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_size, const std::string& file,
                                           AcceptedTypes accepted) {
  json::basic_parser<Handler> parser(json::parse_options{}, file, accepted);
  json::error_code error;
  const std::size_t parsed = parser.write_some(false, text.data(), text.size(), error);
  if (!error && parsed < text.size()) error = json::error::extra_data;
  if (error || !text.starts_with('{')) {
    const std::size_t at = error ? parsed : 0;
    throw FileError(file, fmt::format("byte {}", 8 + at), "valid JSON in UTF-8",
                    error ? error.message() : std::string("white space"));
  }
  SafetensorsHeader header = parser.handler().take();
  for (const TensorEntry& tensor : header.tensors) require_sizes(tensor, data_size, file);
  // Tensors of no values may share their place: their names decide.
  std::sort(header.tensors.begin(), header.tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  require_cover(header.tensors, data_size, file);
  return header;
}

SafetensorsHeader read_safetensors_header(data::InputFile& file, AcceptedTypes accepted) {
  std::array<char, 8> size_bytes{};
  file.read_header(size_bytes.data(), size_bytes.size(), "a safetensors file");
  const auto header_size = std::bit_cast<std::uint64_t>(size_bytes);
  const std::uint64_t room = file.most_bytes() - file.position();
  if (header_size > std::min(room, largest_header)) {
    throw FileError(file.name(), "byte 0",
                    fmt::format("a header of at most {} bytes", std::min(room, largest_header)),
                    fmt::format("{}", header_size));
  }
  std::string json(header_size, '\0');
  file.read_header(json.data(), json.size(), "the header");
  return parse_safetensors_header(json, room - header_size, file.name(), accepted);
}

}  // namespace isthmus::interchange
