#include "isolated_file.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <new>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "message.hpp"
#include "open_file.hpp"

namespace isthmus::interchange {
namespace {

enum class Topic : std::uint8_t { datasets, info, selection, floats, bytes, texts, number };
enum class Outcome : std::uint8_t { answer, error, no_memory };

/// The most bytes that the child may take for a file of that size, but for its values and chunks; and that it may
/// answer with.
constexpr std::uint64_t memory_for(std::uint64_t size) { return (std::uint64_t{64} << 20) + 4 * size; }

/// Deflate's largest ratio (zlib's technical details): no file holds more values than so many for each byte.
constexpr std::uint64_t largest_ratio = 1032;

// Of a FileError: what was expected, and what was found if a child says what no intact file would make it say.
constexpr const char* readable = "an HDF5 file that the library HDF5 can read";
constexpr const char* impossible = "one of which it says what cannot be";

}  // namespace

struct IsolatedFile::Question {
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

/// What the child does.
class IsolatedFile::Server {
 public:
  Server(const IsolatedFile& host, const Channel& to_parent) : host_(host), to_parent_(to_parent) {}

  void serve() {
    std::optional<OpenFile> file;
    const auto open = [&](Packer&) {
      limit_memory(memory_for(host_.size_));
      file.emplace(host_.name_, host_.size_);
    };
    if (!answer(open)) return;
    Question question;
    while (file && receive(question))
      if (!answer([&](Packer& to) { answer_to(question, *file, to); })) return;
  }

 private:
  /// False: nobody asks any more.
  bool receive(Question& question) const {
    std::size_t size = 0;
    if (!to_parent_.receive(&size, sizeof size)) return false;
    std::string bytes(size, '\0');
    if (!to_parent_.receive(bytes.data(), size)) return false;
    Unpacker(bytes).take(question);
    return true;
  }

  /// Sends what `work` packs, and then values_, or why it could not. False: nobody listens any more.
  template <class Work>
  bool answer(const Work& work) {
    limit_time(host_.most_silence_);
    Packer packer;
    values_.clear();
    const auto instead = [&](Outcome outcome) {
      packer = Packer();
      values_.clear();
      packer.put(outcome);
    };
    try {
      packer.put(Outcome::answer);
      work(packer);
    } catch (const std::bad_alloc&) {
      instead(Outcome::no_memory);
    } catch (const Error& error) {
      instead(Outcome::error);
      packer.put(std::string(error.what()));
    }
    limit_time(std::chrono::seconds{0});
    const std::size_t size = packer.bytes().size();
    return to_parent_.send(&size, sizeof size) && to_parent_.send(packer.bytes().data(), size) &&
           to_parent_.send(values_.data(), values_.size());
  }

  void answer_to(const Question& question, OpenFile& file, Packer& to) {
    switch (question.topic) {
      case Topic::datasets: return to.put(file.datasets());
      case Topic::info: return to.put(file.info(question.object));
      case Topic::selection: return to.put(file.select(question.object, question.rows, question.as_bytes != 0));
      case Topic::floats: return read<float>(question, file);
      case Topic::bytes: return read<std::uint8_t>(question, file);
      case Topic::texts: return to.put(file.texts(question.object, question.attribute));
      case Topic::number: return to.put(file.number(question.object, question.attribute));
    }
  }

  template <class T>
  void read(const Question& question, OpenFile& file) {
    const std::uint64_t bytes = question.values * sizeof(T);
    limit_memory(memory_for(host_.size_) + bytes + question.memory);
    values_.resize(bytes);
    const std::span values(reinterpret_cast<T*>(values_.data()), question.values);
    file.read(question.object, {.rows = *question.rows}, values);
  }

  const IsolatedFile& host_;
  const Channel& to_parent_;
  std::vector<std::byte> values_;
};

IsolatedFile::IsolatedFile(std::string name, std::uint64_t size, std::chrono::seconds most_silence)
    : name_(std::move(name)), size_(size), most_silence_(most_silence), child_(start()) {
  // How the opening went.
  receive_answer();
}

ChildProcess IsolatedFile::start() const {
  try {
    return ChildProcess([this](const Channel& to_parent) { Server(*this, to_parent).serve(); });
  } catch (const std::system_error& error) {
    throw FileError::system(name_, "start a process that reads it", error.code().value());
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
      static_cast<std::uint64_t>(values) > largest_ratio * size_)
    fail(impossible);
  return selection;
}

void IsolatedFile::read(const std::string& dataset, const Selection& selection, std::span<float> values) {
  read_pieces({.topic = Topic::floats, .object = dataset, .memory = selection.memory}, selection,
              std::as_writable_bytes(values));
}

void IsolatedFile::read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) {
  read_pieces({.topic = Topic::bytes, .object = dataset, .memory = selection.memory}, selection,
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

/// Pieces end where chunks do.
void IsolatedFile::read_pieces(Question question, const Selection& selection, std::span<std::byte> values) {
  const std::size_t value_size = question.topic == Topic::floats ? sizeof(float) : 1;
  std::int64_t row = selection.rows.first;
  while (!values.empty()) {
    const std::int64_t rows = selection.rows_at_once - row % selection.rows_at_once;
    question.rows = Rows{row, std::min(rows, selection.rows.first + selection.rows.count - row)};
    question.values = static_cast<std::uint64_t>(question.rows->count * selection.row_values);
    send(question);
    receive_answer();
    const std::size_t size = question.values * value_size;
    if (!child_.channel().receive(values.data(), size)) fail_ended();
    values = values.subspan(size);
    row += rows;
  }
}

template <class Answer>
Answer IsolatedFile::ask(const Question& question) {
  send(question);
  const std::string bytes = receive_answer();
  Unpacker message(bytes);
  return unpacked<Answer>(message);
}

void IsolatedFile::send(const Question& question) {
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
  if (size > memory_for(size_)) fail(impossible);
  std::string bytes(size, '\0');
  if (!child_.channel().receive(bytes.data(), size)) fail_ended();
  Unpacker message(bytes);
  auto outcome = unpacked<Outcome>(message);
  if (outcome == Outcome::answer) return bytes.substr(sizeof outcome);
  if (outcome == Outcome::no_memory)
    throw FileError(name_, "", readable,
                    fmt::format("one for which it wants more than {} bytes", memory_for(size_)));
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
  throw FileError(name_, "", readable, found);
}

}  // namespace isthmus::interchange
