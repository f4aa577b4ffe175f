// The program that reads files in a process of its own, as the bytes of its file.
#pragma once

#include <cstddef>
#include <span>

namespace isthmus::interchange {

/// The reader's executable. It is embedded in this library, so that a program which links it needs no other file,
/// and both always use the same protocol.
std::span<const std::byte> reader_image();

}  // namespace isthmus::interchange
