#include "reader_image.hpp"

// ISTHMUS_HDF5_READER is the program's path when this is compiled.
asm(R"(
  .pushsection .rodata, "a"
  .balign 16
  .hidden isthmus_hdf5_reader_begin
  .global isthmus_hdf5_reader_begin
isthmus_hdf5_reader_begin:
  .incbin ")" ISTHMUS_HDF5_READER R"("
  .hidden isthmus_hdf5_reader_end
  .global isthmus_hdf5_reader_end
isthmus_hdf5_reader_end:
  .popsection
)");

extern "C" {
extern const std::byte isthmus_hdf5_reader_begin[], isthmus_hdf5_reader_end[];
}

namespace isthmus::interchange {

std::span<const std::byte> reader_image() { return {isthmus_hdf5_reader_begin, isthmus_hdf5_reader_end}; }

}  // namespace isthmus::interchange
