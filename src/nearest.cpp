#include "nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace isthmus {
namespace {

/// Longer words are no slips of the finger.
constexpr std::size_t longest_word = 64;
/// A word of so many letters may be the beginning of another.
constexpr std::size_t least_beginning = 3;

// Not std::tolower: it depends on the locale.
char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool alike(char a, char b) { return small(a) == small(b); }

bool begins(std::string_view word, std::string_view with) {
  return with.size() >= least_beginning && word.size() >= with.size() &&
         std::equal(with.begin(), with.end(), word.begin(), alike);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table of distances between beginnings: this one of `a` and the two before.
  std::array<std::vector<std::size_t>, 3> rows;
  for (auto& row : rows) row.resize(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto &last = rows[(i + 2) % 3], &before = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (alike(a[i - 1], b[j - 1]) ? 0 : 1)});
      if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string_view best;
  std::size_t least = longest_word;
  if (word.empty() || word.size() > longest_word) return best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest_word) continue;
    const std::size_t most = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= least || (distance > most && !begins(candidate, word))) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

std::string nearest_hint(std::string_view word, std::span<const std::string> candidates) {
  const std::string_view best = nearest(word, candidates);
  return best.empty() ? std::string() : fmt::format("; the nearest is '{}'", best);
}

}  // namespace isthmus
