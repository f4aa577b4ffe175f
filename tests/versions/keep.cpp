// Writes the kept files that the tool does not write: samples to train with, and a field within a bound.
#include "versions/field.hpp"

#include <isthmus/data/bounded.hpp>
#include <isthmus/data/npy.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace isthmus;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: keep FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  constexpr std::int64_t samples = 20, width = 8;
  std::array<float, samples * width> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = random_uniform(2, Purpose::example, 0, i);
  data::write_npy(folder / "samples.npy", std::array{samples, width}, values);

  constexpr auto rows = std::int64_t{versions::rows}, columns = std::int64_t{versions::columns};
  const std::string bytes = data::encode_bounded(versions::field(), columns, versions::guess(), versions::epsilon);
  std::ofstream(folder / "field.bounded", std::ios::binary) << bytes;
  data::write_npy(folder / "field.npy", std::array{rows, columns}, data::decode_bounded(bytes, versions::guess()));
}
