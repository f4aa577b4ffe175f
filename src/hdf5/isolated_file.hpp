// An HDF5 file that is open in another process: faults of the library HDF5 there do not harm the host.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "child_process.hpp"
#include "reading/file_reader.hpp"
#include "reading/message.hpp"
#include "reading/question.hpp"

namespace isthmus::interchange {

/// A child holds the file open and answers questions. That it has crashed, is silent or says what cannot be is a
/// FileError, then and ever after.
class IsolatedFile final : public FileReader {
 public:
  /// `most_silence`, at least a second, is how long an answer may take. Throws FileError, as open_file does, and
  /// if there cannot be another process.
  IsolatedFile(FileToOpen file, std::chrono::seconds most_silence);

  std::vector<std::string> datasets() override;
  Hdf5Info info(const std::string& dataset) override;
  Selection select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) override;
  void read(const std::string& dataset, const Selection& selection, std::span<float> values) override;
  void read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) override;
  std::optional<std::vector<std::string>> texts(const std::string& object, const std::string& attribute) override;
  std::optional<double> number(const std::string& object, const std::string& attribute) override;

 private:
  ChildProcess start() const;
  template <class Answer>
  Answer ask(const Question& question);
  void read_values(Question question, const Selection& selection, std::span<std::byte> values);
  void send(const auto& question);
  std::string receive_answer();
  template <class T>
  T unpacked(Unpacker& message);
  [[noreturn]] void fail_ended();
  [[noreturn]] void fail(const std::string& found);

  FileToOpen file_;
  std::chrono::seconds most_silence_;
  std::string failure_ = {};  ///< the failure of the child; empty: none so far
  ChildProcess child_;
};

}  // namespace isthmus::interchange
