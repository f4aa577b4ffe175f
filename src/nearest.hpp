// Words that were mistyped: which of those that exist was meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace isthmus {

/// The edit distance of two words: the number of letters to insert, delete, replace or swap with the next one, no
/// letter twice; case does not count. Source: optimal string alignment, Boytsov, "Indexing methods for approximate
/// dictionary searching" (2011), section 2.2.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that is nearest to `word`; empty if none is near: if more than a third of the letters differ, and
/// `word` is not how it begins.
std::string_view nearest(std::string_view word, std::span<const std::string> candidates);

/// `; the nearest is 'train'` for the end of a message, or nothing.
std::string nearest_hint(std::string_view word, std::span<const std::string> candidates);

}  // namespace isthmus
