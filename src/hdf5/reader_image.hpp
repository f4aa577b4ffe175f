// The program that reads files in a process of its own, as the bytes of its file.
#pragma once

#include <cstddef>
#include <span>

namespace isthmus::interchange {

/// It is part of this library, so that a program which links it needs no other file, and the two always speak the
/// same language.
std::span<const std::byte> reader_image();

}  // namespace isthmus::interchange
