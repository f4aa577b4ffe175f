// Pieces of C: literals, names, comments, indented lines.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace isthmus::interchange {

/// A literal that reads back as the same bits: 0x1.8p+0f.
std::string c_literal(float value);

/// The letters, digits and underscores of a text, the others as underscores.
std::string c_name(std::string_view text);

/// Text from elsewhere, as it may stand in a comment.
std::string c_comment(std::string_view text);

/// Names that are taken.
class CNames {
 public:
  CNames(std::initializer_list<std::string> taken) : taken_(taken) {}
  /// The name, with a number behind it if it is taken already.
  std::string take(const std::string& name);

 private:
  std::set<std::string> taken_;
};

/// A variable that counts from 0 to `extent`. One that would only be 0 has neither a loop nor a place in an index.
struct CAxis {
  const char* name;
  std::int64_t extent;
};

/// An axis and how far apart its elements lie.
struct CStep {
  CAxis axis;
  std::int64_t stride;
};

/// i * 32 + j
std::string c_index(std::initializer_list<CStep> steps);
/// Adds a step to an index that is empty at first.
void add_step(std::string& index, const CStep& step);

/// Lines of C, indented by the blocks that are open.
class CCode {
 public:
  void line(std::string_view text);
  /// Begins a block: `text {`, or `{`.
  void open(std::string_view text);
  void loop(const CAxis& axis);
  std::size_t depth() const { return depth_; }
  /// Ends blocks until so many are open.
  void close_to(std::size_t depth);
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t depth_ = 1;  // a function's body
};

}  // namespace isthmus::interchange
