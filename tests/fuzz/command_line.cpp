// The tool's command line, arguments between zero bytes: it is parsed, and no command is run.
#include "target.hpp"

#include "tool/allocation_count.hpp"
#include "tool/application.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <vector>

// The tool counts what it allocates with operators of its own; here others do.
std::int64_t isthmus::tool::allocation_count() { return 0; }

namespace {

/// Words of a line; the last ends where the input does.
std::vector<std::string> words_of(const std::uint8_t* bytes, std::size_t size) {
  std::vector<std::string> words{"isthmus"};
  for (const std::uint8_t *at = bytes, *end = bytes + size; at != end;) {
    const std::uint8_t* const stop = std::find(at, end, std::uint8_t{0});
    words.emplace_back(at, stop);
    at = stop == end ? end : stop + 1;
  }
  return words;
}

/// Parses, which is to end with an exception of CLI11's own: that of a wrong command line has a message and an
/// exit code, that of a wish for help leads to a text.
void parse(const std::vector<std::string>& words) {
  const std::unique_ptr<CLI::App> app = isthmus::tool::make_application();
  // It is called when all is parsed and checked, before any command is.
  app->parse_complete_callback([] { throw CLI::Success(); });
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  try {
    app->parse(static_cast<int>(arguments.size()), arguments.data());
    fuzz::fail("a command that was run");
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0 && std::string_view(error.what()).empty())
      fuzz::fail("an error without a message");
    if (error.get_exit_code() == 0 && app->help().empty()) fuzz::fail("no help");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // The memory of an application that has not read any argument yet, and of copies of every word.
  constexpr fuzz::MemoryBound bound{.fixed = std::size_t{1} << 20, .per_byte = 256};
  const std::vector<std::string> words = words_of(bytes, size);
  fuzz::start_counting();
  parse(words);
  if (fuzz::peak_bytes() > bound.fixed + bound.per_byte * size) fuzz::fail("more memory than a line may cost");
  return 0;
}
