// A file opened for reading as the caller wants it.
#pragma once

#include <isthmus/interchange/hdf5.hpp>

#include <filesystem>
#include <memory>

#include "reading/file_reader.hpp"

namespace isthmus::interchange {

/// Opens a reader in another process or in this one. Throws FileError.
std::unique_ptr<FileReader> open_reader(const std::filesystem::path& path, const Hdf5Isolation& isolation);

}  // namespace isthmus::interchange
