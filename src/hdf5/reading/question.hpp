// The protocol between a process and the one that reads a file for it: in both directions a size and a message of
// that many bytes; the first message is an OpeningQuestion, and requested values follow an answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "channel.hpp"
#include "file_reader.hpp"

namespace isthmus::interchange {

/// The end of the connection that a reading process is started with.
inline constexpr int reader_channel = 3;

/// The first question: to open a file.
struct OpeningQuestion {
  FileToOpen file;
  std::int64_t most_silence = 0;  ///< seconds, for this answer and all others

  static void fields(auto& self, const auto& each) { each(self.file), each(self.most_silence); }
};

enum class Topic : std::uint8_t { datasets, info, selection, floats, bytes, texts, number };

struct Question {
  Topic topic{};
  std::string object = {}, attribute = {};
  std::optional<Rows> rows = {};  ///< of a selection: as it was asked for; of values: which
  std::uint64_t values = 0;       ///< in these rows
  std::uint64_t memory = 0;       ///< that reading them takes besides
  std::uint8_t as_bytes = 0;

  static void fields(auto& self, const auto& each) {
    each(self.topic), each(self.object), each(self.attribute), each(self.rows);
    each(self.values), each(self.memory), each(self.as_bytes);
  }
};

enum class Outcome : std::uint8_t { answer, error, no_memory };

/// The most bytes that a reading process may take for a file of that size, but for its values and chunks; and that
/// it may answer with.
constexpr std::uint64_t memory_for(std::uint64_t size) { return (std::uint64_t{64} << 20) + 4 * size; }

/// The main loop of the reading process: answers questions until the channel is closed.
void serve(const Channel& to_parent);

}  // namespace isthmus::interchange
