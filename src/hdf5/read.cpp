#include <isthmus/data/input_file.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <utility>

#include "isolated_file.hpp"
#include "open_reader.hpp"
#include "pieces.hpp"

namespace isthmus::interchange {
std::unique_ptr<FileReader> open_reader(const std::filesystem::path& path, const Hdf5Isolation& isolation) {
  // If the file cannot be opened, this throws with the system's reason.
  const std::uint64_t size = data::InputFile(path, data::Decoding::plain).most_bytes();
  FileToOpen file{path.string(), size, isolation.most_unstored};
  if (isolation.own_process) return std::make_unique<IsolatedFile>(std::move(file), isolation.most_silence);
  return open_file(file);
}

Hdf5File::Hdf5File(const std::filesystem::path& path, const Hdf5Isolation& isolation)
    : name_(path.string()), reader_(open_reader(path, isolation)) {}
Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File::~Hdf5File() = default;

std::vector<std::string> Hdf5File::datasets() const { return reader_->datasets(); }

Hdf5Info Hdf5File::info(const std::string& dataset) const { return reader_->info(dataset); }

std::vector<float> Hdf5File::read(const std::string& dataset) const { return read_all<float>(*reader_, dataset); }

std::vector<float> Hdf5File::read_rows(const std::string& dataset, std::int64_t first, std::int64_t count) const {
  return read_all<float>(*reader_, dataset, Rows{first, count});
}

std::vector<std::uint8_t> Hdf5File::read_bytes(const std::string& dataset) const {
  return read_all<std::uint8_t>(*reader_, dataset);
}

std::optional<std::vector<std::string>> Hdf5File::texts(const std::string& object,
                                                        const std::string& attribute) const {
  return reader_->texts(object, attribute);
}

std::optional<double> Hdf5File::number(const std::string& object, const std::string& attribute) const {
  return reader_->number(object, attribute);
}

}  // namespace isthmus::interchange
