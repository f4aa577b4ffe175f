// Samples and labels out of HDF5 files, held and read while they are used.
#include <isthmus/data/batch_source.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <atomic>
#include <bit>
#include <limits>
#include <thread>

#include "data/temporary_folder.hpp"
#include "foreign.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;
using data::BytesAre, data::Samples;

namespace {

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;
using Shorts = std::vector<std::int16_t>;

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();
constexpr hsize_t rows = 300, columns = 70;

template <class T>
std::vector<T> counted(std::size_t n) {
  std::vector<T> values(n);
  for (std::size_t i = 0; i < n; ++i)
    values[i] = static_cast<T>(static_cast<int>(i * 7919 % 251) - (std::is_signed_v<T> ? 100 : 0));
  return values;
}

/// Data sets of many kinds, those in chunks deflated.
std::filesystem::path write_sample(const TemporaryFolder& folder) {
  const auto path = folder / "x.h5";
  ForeignFile file(path);
  const hid_t chunks = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {32, 48};
  H5Pset_chunk(chunks, 2, chunk);
  H5Pset_deflate(chunks, 1);
  const std::vector<hsize_t> extents{rows, columns};
  for (const auto& [suffix, how] : {std::pair<std::string, hid_t>("", H5P_DEFAULT), {"_chunks", chunks}}) {
    file.add(("floats" + suffix).c_str(), extents, counted<float>(rows * columns), how);
    file.add(("doubles" + suffix).c_str(), extents, counted<double>(rows * columns), how);
    file.add(("shorts" + suffix).c_str(), extents, counted<std::int16_t>(rows * columns), how);
    file.add(("bytes" + suffix).c_str(), extents, counted<std::uint8_t>(rows * columns), how);
    file.add(("packed" + suffix).c_str(), extents, counted<std::int16_t>(rows * columns), how);
    file.attribute(("packed" + suffix).c_str(), "scale_factor", std::vector{0.1});
    file.attribute(("packed" + suffix).c_str(), "missing_value", Shorts{-100, 3});
    file.add(("masked" + suffix).c_str(), extents, counted<std::uint8_t>(rows * columns), how);
    file.attribute(("masked" + suffix).c_str(), "_FillValue", Bytes{7});
  }
  H5Pclose(chunks);
  return path;
}

std::vector<std::uint32_t> bits_of(const Samples& samples, std::size_t first, std::size_t n) {
  Floats values(n * samples.sample_size());
  samples.values(first, n, values.data());
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

}  // namespace

TEST_CASE("HDF5: samples are the same, bit for bit, held and read from their file") {
  const TemporaryFolder folder;
  const auto path = write_sample(folder);
  for (const std::string kind : {"floats", "doubles", "shorts", "bytes", "packed", "masked"})
    for (const std::string suffix : {"", "_chunks"})
      for (const BytesAre bytes : {BytesAre::pixels, BytesAre::numbers}) {
        INFO(kind + suffix);
        const Samples held = read_hdf5_samples(path, kind + suffix, everything, bytes, 2.5f);
        const Samples read = read_hdf5_samples(path, kind + suffix, 0, bytes, 2.5f);
        CHECK(held.held());
        CHECK_FALSE(read.held());
        CHECK(held.name() == path.string() + ":" + kind + suffix);
        CHECK(read.name() == held.name());
        CHECK(held.count() == rows);
        CHECK(held.shape() == std::vector<std::int64_t>{columns});
        CHECK(bits_of(held, 0, rows) == bits_of(read, 0, rows));
        CHECK(bits_of(held, 31, 2) == bits_of(read, 31, 2));
        CHECK(std::bit_cast<std::uint64_t>(held.mean()) == std::bit_cast<std::uint64_t>(read.mean()));
        const std::vector<std::uint32_t> numbers{299, 0, 5, 5, 31, 32};
        Floats one(numbers.size() * columns), other(one.size());
        held.gather(numbers, one.data());
        read.gather(numbers, other.data());
        CHECK(one == other);
      }
  // The values themselves are right.
  const Samples packed = read_hdf5_samples(path, "packed_chunks", 0, BytesAre::pixels, 2.5f);
  Floats first(columns);
  packed.values(0, 1, first.data());
  CHECK(first[0] == 2.5f);
  CHECK(first[1] == static_cast<float>((7919 % 251 - 100) * 0.1));
  const Samples masked = read_hdf5_samples(path, "masked", 0, BytesAre::pixels, 2.5f);
  masked.values(0, 1, first.data());
  CHECK(first[1] == static_cast<float>(7919 % 251) / 255.0f);
}

TEST_CASE("HDF5: data sets are held up to the size that was asked for") {
  const TemporaryFolder folder;
  const auto path = write_sample(folder);
  for (const char* name : {"floats", "shorts_chunks"}) {
    CHECK(read_hdf5_samples(path, name, 4 * rows * columns).held());
    CHECK_FALSE(read_hdf5_samples(path, name, 4 * rows * columns - 1).held());
  }
  CHECK(read_hdf5_samples(path, "bytes", rows * columns).held());
  CHECK_FALSE(read_hdf5_samples(path, "bytes", rows * columns - 1).held());
}

TEST_CASE("HDF5: what is missing is refused with its place, held and read") {
  const TemporaryFolder folder;
  const auto path = write_sample(folder);
  for (const std::uint64_t held : {everything, std::uint64_t{0}})
    for (const std::string name : {"packed", "packed_chunks", "masked", "masked_chunks"}) {
      // The first 7 lies further on.
      const bool masked = name.starts_with("masked");
      std::size_t at = 0;
      while (masked && at * 7919 % 251 != 7) ++at;
      CHECK(message_of<NumberError>([&] { read_hdf5_samples(path, name, held); }) ==
            path.string() + ":" + name + ": sample " + std::to_string(at / columns) + ", position " +
                std::to_string(at % columns) +
                ": expected a finite number, found nan, a missing value (--fill says what becomes of it)");
    }
}

TEST_CASE("HDF5: batches of samples that are read, whoever prefetches") {
  const TemporaryFolder folder;
  const auto path = write_sample(folder);
  for (const char* name : {"floats", "floats_chunks"}) {
    data::BatchSource held(read_hdf5_samples(path, name, everything), 100, 5, true);
    data::BatchSource read(read_hdf5_samples(path, name, 0), 100, 5, true);
    std::atomic<bool> ended = false;
    std::thread helper([&] {
      while (!ended) read.prefetch_some();
    });
    int different = 0, batches = 0;
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      held.start_epoch(epoch);
      read.start_epoch(epoch);
      while (const auto expected = held.next()) {
        const auto found = read.next();
        ++batches;
        different += found && std::equal(found->begin(), found->end(), expected->begin(), expected->end()) ? 0 : 1;
      }
    }
    ended = true;
    helper.join();
    CHECK(batches == 9);
    CHECK(different == 0);
  }
}

TEST_CASE("HDF5: the only data set needs no name") {
  const TemporaryFolder folder;
  const auto path = folder / "one.h5";
  {
    ForeignFile file(path);
    file.add("x", {2, 3}, Floats{1, 2, 3, 4, 5, 6});
  }
  CHECK(read_hdf5_samples(path, "").name() == path.string() + ":/x");
  {
    ForeignFile file(path);
    file.add("x", {2, 3}, Floats{1, 2, 3, 4, 5, 6});
    file.add("labels", {2}, Bytes{7, 8});
    file.add("t", {2}, Floats{0, 0});
    file.attribute("t", "NAME", std::string("This is a netCDF dimension but not a netCDF variable.         2"));
  }
  CHECK(read_hdf5_samples(path, "").name() == path.string() + ":/x");
  CHECK(read_hdf5_labels(path, "") == Bytes{7, 8});
  {
    ForeignFile file(path);
    file.add("x", {2, 3}, Floats{1, 2, 3, 4, 5, 6});
    file.add("y", {2, 3}, Floats{1, 2, 3, 4, 5, 6});
  }
  CHECK(message_of<FileError>([&] { read_hdf5_samples(path, ""); }) ==
        path.string() + ": data set '': expected a data set of this name, found none; there are /x, /y");
}

TEST_CASE("HDF5: samples larger than the file, never written, are read while they are used") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile file(path);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const float fill = 3;
    H5Pset_fill_value(properties, H5T_NATIVE_FLOAT, &fill);
    file.add<float>("x", {1 << 12, 1 << 12}, {}, properties);
    H5Pclose(properties);
  }
  const Samples samples = read_hdf5_samples(path, "x", 1 << 20, BytesAre::pixels, {}, {.most_unstored = 1 << 20});
  CHECK(samples.count() == 1 << 12);
  Floats one(1 << 12);
  samples.values(4000, 1, one.data());
  CHECK(one == Floats(1 << 12, 3));
}
