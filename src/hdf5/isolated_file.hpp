// An HDF5 file that is open in another process: what the library HDF5 does there harms nobody.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "child_process.hpp"
#include "file_reader.hpp"
#include "message.hpp"

namespace isthmus::interchange {

/// A child holds the file open and answers questions; values come a few rows at a time, so that it holds no
/// more of them. That it has crashed, is silent or says what cannot be is a FileError, then and ever after.
class IsolatedFile final : public FileReader {
 public:
  /// `size` is that of the file, in bytes; `most_silence`, at least a second, how long an answer may take. Throws
  /// FileError as OpenFile does, and std::system_error if there cannot be another process.
  IsolatedFile(std::string name, std::uint64_t size, std::chrono::seconds most_silence);

  std::vector<std::string> datasets() override;
  Hdf5Info info(const std::string& dataset) override;
  Selection select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) override;
  void read(const std::string& dataset, const Selection& selection, std::span<float> values) override;
  void read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) override;
  std::optional<std::vector<std::string>> texts(const std::string& object, const std::string& attribute) override;
  std::optional<double> number(const std::string& object, const std::string& attribute) override;

 private:
  struct Question;
  class Server;

  ChildProcess start() const;
  template <class Answer>
  Answer ask(const Question& question);
  void read_pieces(Question question, const Selection& selection, std::span<std::byte> values);
  void send(const Question& question);
  std::string receive_answer();
  template <class T>
  T unpacked(Unpacker& message);
  [[noreturn]] void fail_ended();
  [[noreturn]] void fail(const std::string& found);

  std::string name_;
  std::uint64_t size_;
  std::chrono::seconds most_silence_;
  std::string failure_ = {};  ///< what was found to be wrong with the child; empty: nothing so far
  ChildProcess child_;
};

}  // namespace isthmus::interchange
