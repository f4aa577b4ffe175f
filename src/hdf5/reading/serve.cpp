#include <isthmus/error.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "limits.hpp"
#include "message.hpp"
#include "question.hpp"

namespace isthmus::interchange {
namespace {

class Server {
 public:
  explicit Server(const Channel& to_parent) : to_parent_(to_parent) {}

  void serve() {
    if (!receive(opening_)) return;
    const auto open = [&](Packer&) {
      limit_memory(memory_for(opening_.file.size));
      file_ = open_file(opening_.file);
    };
    if (!answer(open)) return;
    Question question;
    while (file_ && receive(question))
      if (!answer([&](Packer& to) { answer_to(question, to); })) return;
  }

 private:
  /// False if the other process has closed the channel.
  bool receive(auto& question) const {
    std::size_t size = 0;
    if (!to_parent_.receive(&size, sizeof size)) return false;
    std::string bytes(size, '\0');
    if (!to_parent_.receive(bytes.data(), size)) return false;
    Unpacker(bytes).take(question);
    return true;
  }

  /// Sends what `work` packs, and then values_, or the error. False if the other process has closed the channel.
  template <class Work>
  bool answer(const Work& work) {
    limit_time(std::chrono::seconds{opening_.most_silence});
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

  void answer_to(const Question& question, Packer& to) {
    switch (question.topic) {
      case Topic::datasets: return to.put(file_->datasets());
      case Topic::info: return to.put(file_->info(question.object));
      case Topic::selection: return to.put(file_->select(question.object, question.rows, question.as_bytes != 0));
      case Topic::floats: return read<float>(question);
      case Topic::bytes: return read<std::uint8_t>(question);
      case Topic::texts: return to.put(file_->texts(question.object, question.attribute));
      case Topic::number: return to.put(file_->number(question.object, question.attribute));
    }
  }

  template <class T>
  void read(const Question& question) {
    const std::uint64_t bytes = question.values * sizeof(T);
    limit_memory(memory_for(opening_.file.size) + bytes + question.memory);
    values_.resize(bytes);
    const std::span values(reinterpret_cast<T*>(values_.data()), question.values);
    file_->read(question.object, {.rows = *question.rows}, values);
  }

  const Channel& to_parent_;
  OpeningQuestion opening_;
  std::unique_ptr<FileReader> file_;
  std::vector<std::byte> values_;
};

}  // namespace

void serve(const Channel& to_parent) { Server(to_parent).serve(); }

}  // namespace isthmus::interchange
