#include "npy_header.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <set>

namespace isthmus::data {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::uint64_t offset, const std::string& name)
      : text_(text), offset_(offset), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    std::set<std::string> seen;
    require("{");
    while (!accept("}")) {
      skip_space();
      const std::size_t begin = at_;
      const std::string key = quoted();
      if (!seen.insert(key).second) fail(begin, "each key once", fmt::format("'{}' again", key));
      require(":");
      skip_space();
      if (key == "descr") {
        header.dtype_at = position();
        if (at_ < text_.size() && text_[at_] == '[')
          fail(at_, "numbers of one type, such as '<f4'", "records: a list of fields");
        header.dtype = quoted();
      } else if (key == "fortran_order") {
        header.fortran_order_at = position();
        header.fortran_order = boolean();
      } else if (key == "shape") {
        header.shape_at = position();
        header.shape = tuple();
      } else {
        fail(begin, "descr, fortran_order or shape", fmt::format("'{}'", key));
      }
      if (!accept(",")) {
        require("}");
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail(at_, "the end of the header", shown(at_));
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      if (!seen.contains(key)) fail(0, fmt::format("the key '{}'", key), "none");
    }
    return header;
  }

 private:
  std::uint64_t position() const { return offset_ + at_; }

  [[noreturn]] void fail(std::size_t at, const std::string& expected, const std::string& found) const {
    throw FileError(name_, fmt::format("byte {}", offset_ + at), expected, found);
  }

  // The character at `at`, or the code of one that is not printable, so that binary data cannot spoil the message.
  std::string shown(std::size_t at) const {
    if (at >= text_.size()) return "the end of the header";
    const char c = text_[at];
    return c >= ' ' && c <= '~' ? fmt::format("'{}'", c) : fmt::format("{:02x}", static_cast<unsigned char>(c));
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  bool accept(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void require(std::string_view token) {
    if (!accept(token)) fail(at_, fmt::format("'{}'", token), shown(at_));
  }

  std::string quoted() {
    const char quote = at_ < text_.size() && text_[at_] == '"' ? '"' : '\'';
    const std::size_t begin = at_ + 1;
    if (!accept({&quote, 1})) fail(at_, "a quoted string", shown(at_));
    const std::size_t end = text_.find(quote, begin);
    if (end == std::string_view::npos) fail(begin - 1, "a string that ends", "none");
    at_ = end + 1;
    const std::string_view inside = text_.substr(begin, end - begin);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      if (inside[i] < ' ' || inside[i] > '~') fail(begin + i, "printable text", shown(begin + i));
    }
    return std::string(inside);
  }

  bool boolean() {
    if (accept("False")) return false;
    if (accept("True")) return true;
    fail(at_, "False or True", shown(at_));
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> items;
    require("(");
    while (!accept(")")) {
      items.push_back(integer());
      // Python 2 wrote long integers as 60000L.
      accept("L");
      if (!accept(",")) {
        require(")");
        break;
      }
    }
    return items;
  }

  std::int64_t integer() {
    skip_space();
    const char* const begin = text_.data() + at_;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) fail(at_, "a dimension below 2^63", "more digits");
    if (error != std::errc{} || value < 0) fail(at_, "a dimension", shown(at_));
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::string_view text_;
  std::uint64_t offset_;
  const std::string& name_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text, std::uint64_t offset, const std::string& name) {
  return Parser(text, offset, name).parse();
}

std::optional<NumberType> number_type(std::string_view dtype) {
  if (dtype.size() != 3) return std::nullopt;
  const char order = dtype[0], kind = dtype[1], digit = dtype[2];
  if (digit != '1' && digit != '2' && digit != '4' && digit != '8') return std::nullopt;
  const auto size = static_cast<std::uint8_t>(digit - '0');
  // '|' says that there is no order, '=' that it is the machine's own.
  if (order != '<' && order != '>' && order != '=' && (order != '|' || size != 1)) return std::nullopt;
  const bool big_endian = order == '>' && size != 1;
  if (kind == 'b' && size == 1) return NumberType{NumberKind::boolean, size, big_endian};
  if (kind == 'u') return NumberType{NumberKind::natural, size, big_endian};
  if (kind == 'i') return NumberType{NumberKind::integer, size, big_endian};
  if (kind == 'f' && size != 1) return NumberType{NumberKind::floating, size, big_endian};
  return std::nullopt;
}

std::string_view other_type(std::string_view dtype) {
  switch (dtype.size() < 2 ? '\0' : dtype[1]) {
    case 'c': return "complex numbers";
    case 'f': return "numbers of an extended format";
    case 'M': return "dates";
    case 'm': return "lengths of time";
    case 'O': return "Python objects";
    case 'S':
    case 'a':
    case 'U': return "text";
    case 'V': return "raw data";
    default: return "";
  }
}

}  // namespace isthmus::data
