// .keras: the archive, and the configuration in it, which is also read alone since a checksum guards it there.
#include "target.hpp"

#include <isthmus/interchange/import_hdf5.hpp>

#include <string_view>

#include "hdf5/keras_config.hpp"

using namespace isthmus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (!text.starts_with("PK")) {
    // A tree of the text, then one of the layers.
    constexpr fuzz::MemoryBound bound{.fixed = std::size_t{1} << 16, .per_byte = 128};
    fuzz::check("config", size, bound, [&](const auto& path) {
      const interchange::KerasLayer model = interchange::parse_keras_config(text, path.string());
      for (const interchange::KerasLayer& layer : model.layers)
        if (interchange::name_at(model, "layers/" + layer.key).size() > size)
          fuzz::fail("a name that is not there");
    });
    return 0;
  }
  // The copy is made in pieces of a megabyte; HDF5 runs in a process of its own.
  constexpr fuzz::MemoryBound bound{.fixed = std::size_t{4} << 20, .per_byte = 1032 * 4 + 128};
  fuzz::check(fuzz::named_file_of(bytes, size), size, bound,
              [](const auto& path) { interchange::read_keras_weights(path); });
  return 0;
}
