#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/report/picture.hpp>

#include <fmt/format.h>
#include <png.h>

namespace isthmus::report {

std::string encode_png(const Picture& picture) {
  const auto expected = static_cast<long long>(picture.height) * picture.width * picture.channels;
  if (picture.width < 1 || picture.height < 1 || (picture.channels != 1 && picture.channels != 3) ||
      static_cast<unsigned long long>(expected) != picture.pixels.size()) {
    throw ShapeError(fmt::format("picture: expected height × width × 1 or 3 pixels, found {} × {} × {} with {}",
                                 picture.height, picture.width, picture.channels, picture.pixels.size()));
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  // libpng's bound on the size spares a first pass only to learn it.
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = bytes.size();
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.pixels.data(), 0, nullptr)) {
    throw Error(fmt::format("picture: cannot encode it as PNG: {}", image.message));
  }
  bytes.resize(size);
  return bytes;
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
  data::write_atomically(path, encode_png(picture));
}

}  // namespace isthmus::report
