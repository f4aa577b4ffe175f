#include "isolated_file.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "reader_image.hpp"

namespace isthmus::interchange {
namespace {

/// Deflate's largest ratio (zlib's technical details): no file holds more values than so many for each byte, but
/// for those that take no room in it.
constexpr std::uint64_t largest_ratio = 1032;

// Texts of a FileError: the expected file, and the finding if a child sends a message that no intact file can
// cause.
constexpr const char* readable = "an HDF5 file that the library HDF5 can read";
constexpr const char* impossible = "one of which it says what cannot be";

}  // namespace

IsolatedFile::IsolatedFile(FileToOpen file, std::chrono::seconds most_silence)
    : file_(std::move(file)), most_silence_(most_silence), child_(start()) {
  send(OpeningQuestion{file_, most_silence_.count()});
  // The first answer says whether the file was opened.
  receive_answer();
}

ChildProcess IsolatedFile::start() const {
  constexpr const char* arguments[] = {"isthmus-hdf5"};
  try {
    return ChildProcess(reader_image(), arguments);
  } catch (const std::system_error& error) {
    throw FileError::system(file_.name, "start a process that reads it", error.code().value());
  }
}

std::vector<std::string> IsolatedFile::datasets() {
  return ask<std::vector<std::string>>({.topic = Topic::datasets});
}

Hdf5Info IsolatedFile::info(const std::string& dataset) {
  return ask<Hdf5Info>({.topic = Topic::info, .object = dataset});
}

Selection IsolatedFile::select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) {
  const auto selection = ask<Selection>(
      {.topic = Topic::selection, .object = dataset, .rows = rows, .as_bytes = std::uint8_t{as_bytes}});
  // Memory will be taken for it here as well.
  std::int64_t values = 0;
  if (selection.rows.count < 0 || selection.row_values < 0 || selection.rows_at_once < 1 ||
      __builtin_mul_overflow(selection.rows.count, selection.row_values, &values) ||
      static_cast<std::uint64_t>(values) > std::max(largest_ratio * file_.size, file_.most_unstored))
    fail(impossible);
  return selection;
}

void IsolatedFile::read(const std::string& dataset, const Selection& selection, std::span<float> values) {
  read_values({.topic = Topic::floats, .object = dataset, .memory = selection.memory}, selection,
              std::as_writable_bytes(values));
}

void IsolatedFile::read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) {
  read_values({.topic = Topic::bytes, .object = dataset, .memory = selection.memory}, selection,
              std::as_writable_bytes(values));
}

std::optional<std::vector<std::string>> IsolatedFile::texts(const std::string& object,
                                                            const std::string& attribute) {
  return ask<std::optional<std::vector<std::string>>>(
      {.topic = Topic::texts, .object = object, .attribute = attribute});
}

std::optional<double> IsolatedFile::number(const std::string& object, const std::string& attribute) {
  return ask<std::optional<double>>({.topic = Topic::number, .object = object, .attribute = attribute});
}

void IsolatedFile::read_values(Question question, const Selection& selection, std::span<std::byte> values) {
  question.rows = selection.rows;
  question.values = selection.values();
  send(question);
  receive_answer();
  if (!child_.channel().receive(values.data(), values.size())) fail_ended();
}

template <class Answer>
Answer IsolatedFile::ask(const Question& question) {
  send(question);
  const std::string bytes = receive_answer();
  Unpacker message(bytes);
  return unpacked<Answer>(message);
}

void IsolatedFile::send(const auto& question) {
  if (!failure_.empty()) fail(failure_);
  Packer packer;
  packer.put(question);
  const std::size_t size = packer.bytes().size();
  if (!child_.channel().send(&size, sizeof size) || !child_.channel().send(packer.bytes().data(), size))
    fail_ended();
}

std::string IsolatedFile::receive_answer() {
  std::size_t size = 0;
  if (!child_.channel().receive(&size, sizeof size)) fail_ended();
  if (size > memory_for(file_.size)) fail(impossible);
  std::string bytes(size, '\0');
  if (!child_.channel().receive(bytes.data(), size)) fail_ended();
  Unpacker message(bytes);
  auto outcome = unpacked<Outcome>(message);
  if (outcome == Outcome::answer) return bytes.substr(sizeof outcome);
  if (outcome == Outcome::no_memory)
    throw FileError(file_.name, "", readable,
                    fmt::format("one for which it wants more than {} bytes", memory_for(file_.size)));
  throw FileError(unpacked<std::string>(message), "", "", "");
}

template <class T>
T IsolatedFile::unpacked(Unpacker& message) {
  T value{};
  try {
    message.take(value);
  } catch (const std::out_of_range&) {
    fail(impossible);
  }
  return value;
}

void IsolatedFile::fail_ended() {
  const ChildProcess::End end = child_.end();
  if (end.signal == SIGALRM) fail(fmt::format("one for which it takes more than {} s", most_silence_.count()));
  if (end.signal != 0) fail(fmt::format("one that crashes it (signal {})", end.signal));
  fail(fmt::format("one that ends it (exit code {})", end.exit_code));
}

/// The child is not asked again.
void IsolatedFile::fail(const std::string& found) {
  failure_ = found;
  throw FileError(file_.name, "", readable, found);
}

}  // namespace isthmus::interchange
