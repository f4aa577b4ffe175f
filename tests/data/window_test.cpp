// Samples that stay in their file against the same samples held in memory.
#include <isthmus/data/batch_source.hpp>
#include <isthmus/data/idx.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/data/source.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>
#include <isthmus/random.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <thread>

#include "data/gzip.hpp"
#include "data/npy.hpp"
#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

std::uint32_t word(std::size_t i) { return random_word(1, Purpose::example, 0, i); }

Bytes some_bytes(std::size_t n) {
  Bytes bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(word(i));
  return bytes;
}

/// Finite floats of all sizes and signs, denormals and -0 among them.
Floats some_floats(std::size_t n) {
  Floats floats(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = word(i);
    floats[i] = std::bit_cast<float>((bits >> 23 & 0xff) == 0xff ? bits & 0x807fffffu : bits);
  }
  return floats;
}

std::string some_npy(const std::string& dtype, std::size_t count, std::size_t width, const Bytes& values) {
  return npy(dtype, "(" + std::to_string(count) + ", " + std::to_string(width) + ")",
             std::string(values.begin(), values.end()));
}

void replace(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A file of `count` samples of `width` values, in each of the formats that can be read through a window.
struct Kind {
  const char* name;
  std::function<void(const std::filesystem::path&, std::size_t count, std::size_t width)> write;
};

Shape shape_of(std::size_t count, std::size_t width) {
  return {static_cast<std::int64_t>(count), static_cast<std::int64_t>(width)};
}

const std::vector<Kind> kinds{
    {"IDX of bytes",
     [](const auto& path, std::size_t count, std::size_t width) {
       write_idx(path, shape_of(count, width), some_bytes(count * width));
     }},
    {"IDX of floats, big-endian",
     [](const auto& path, std::size_t count, std::size_t width) {
       write_idx(path, shape_of(count, width), some_floats(count * width));
     }},
    {".npy of bytes",
     [](const auto& path, std::size_t count, std::size_t width) {
       replace(path, some_npy("|u1", count, width, some_bytes(count * width)));
     }},
    {".npy of integers of 16 bits, big-endian",
     [](const auto& path, std::size_t count, std::size_t width) {
       replace(path, some_npy(">i2", count, width, some_bytes(2 * count * width)));
     }},
    {".npy of integers of 64 bits",
     [](const auto& path, std::size_t count, std::size_t width) {
       replace(path, some_npy("<u8", count, width, some_bytes(8 * count * width)));
     }},
    {".npy of booleans",
     [](const auto& path, std::size_t count, std::size_t width) {
       replace(path, some_npy("|b1", count, width, some_bytes(count * width)));
     }},
    {".npy of floats, little-endian",
     [](const auto& path, std::size_t count, std::size_t width) {
       write_npy(path, shape_of(count, width), some_floats(count * width));
     }},
};

std::vector<std::uint32_t> bits_of(const Floats& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

std::vector<std::uint32_t> values_of(const Samples& samples, std::size_t first, std::size_t n) {
  Floats out(n * samples.sample_size());
  samples.values(first, n, out.data());
  return bits_of(out);
}

void check_same(const Samples& held, const Samples& read) {
  REQUIRE(held.held());
  REQUIRE_FALSE(read.held());
  REQUIRE(held.count() == read.count());
  CHECK(held.name() == read.name());
  CHECK(held.shape() == read.shape());
  const std::size_t count = held.count();
  CHECK(values_of(held, 0, count) == values_of(read, 0, count));
  CHECK(values_of(held, count / 2, count - count / 2) == values_of(read, count / 2, count - count / 2));
  CHECK(std::bit_cast<std::uint64_t>(held.mean()) == std::bit_cast<std::uint64_t>(read.mean()));
  CHECK(held.statistics().minimum == read.statistics().minimum);
  CHECK(held.statistics().maximum == read.statistics().maximum);
  std::vector<std::uint32_t> indices;
  for (std::size_t i = 0; i < 2 * count; ++i) indices.push_back(word(i) % static_cast<std::uint32_t>(count));
  Floats one(indices.size() * held.sample_size()), other(one.size());
  held.gather(indices, one.data());
  read.gather(indices, other.data());
  CHECK(bits_of(one) == bits_of(other));
}

/// The memory of this process in use, in bytes, as the system reports it.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("samples are the same, bit for bit, held and read from their file") {
  const TemporaryFolder folder;
  for (const Kind& kind : kinds)
    // Around the size of the pieces that a file is read in, and samples larger than one.
    for (const auto& [count, width] : {std::pair<std::size_t, std::size_t>{1, 1},
                                       {7, 3},
                                       {2, 4096},
                                       {5, 4097},
                                       {3, 16384},
                                       {3, 16385},
                                       {1001, 49},
                                       {2, 50001}}) {
      INFO(kind.name << ", " << count << " samples of " << width);
      kind.write(folder / "x", count, width);
      const std::string path = (folder / "x").string();
      const Samples held = load_samples(path, everything), read = load_samples(path, 0);
      check_same(held, read);
      check_same(held.slice(count / 3, count - count / 3), read.slice(count / 3, count - count / 3));
    }
}

TEST_CASE("a file is held up to the size that was asked for, its last byte included") {
  const TemporaryFolder folder;
  for (const Kind& kind : kinds) {
    kind.write(folder / "x", 10, 10);
    const std::string path = (folder / "x").string();
    const std::uint64_t size = std::filesystem::file_size(path);
    CHECK(load_samples(path, size).held());
    CHECK_FALSE(load_samples(path, size - 1).held());
    CHECK(load_samples(path).held());
    CHECK(load_data_set(path, size).train.held());
    CHECK_FALSE(load_data_set(path, size - 1).validation.held());
  }
  write_idx(folder / "x", Shape{2, 2}, Bytes(4));
  CHECK(load_samples(folder.write("x.gz", gzip(read_bytes(folder / "x"))).string(), 0).held());
}

TEST_CASE("labels of samples that stay in their file") {
  const TemporaryFolder folder;
  write_idx(folder / "x", Shape{4, 2}, Bytes{0, 1, 2, 3, 4, 5, 6, 7});
  const Samples read = read_idx_samples(folder / "x", 0);
  CHECK(read.labels().empty());
  const Samples labelled = read.with_labels({7, 8, 9, 10});
  CHECK(read.labels().empty());
  const auto labels = labelled.slice(1, 2).labels();
  CHECK(Bytes(labels.begin(), labels.end()) == Bytes{8, 9});
  const Samples part = read.slice(1, 2).with_labels({5, 6}).slice(1, 1);
  CHECK(Bytes(part.labels().begin(), part.labels().end()) == Bytes{6});
  CHECK(message_of<ShapeError>([&] { read.with_labels({1, 2}); }) ==
        read.name() + ": expected one label for each of 4 samples, found 2");
}

TEST_CASE("NaN in a file that is not held is found when it is opened, with the same message") {
  const TemporaryFolder folder;
  // In the first piece that is looked at, at its end, behind it, and at the end of all.
  for (const std::size_t at : {0u, 4095u, 4096u, 9999u}) {
    Floats values(10000, 0.5f);
    values[at] = at % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : -std::numeric_limits<float>::infinity();
    write_npy(folder / "x.npy", Shape{100, 100}, values);
    write_idx(folder / "x", Shape{100, 100}, values);
    for (const char* name : {"x.npy", "x"}) {
      const std::string path = (folder / name).string();
      const std::string held = message_of<NumberError>([&] { load_samples(path); });
      CHECK(held.starts_with(path + ": sample " + std::to_string(at / 100) + ", position "));
      CHECK(message_of<NumberError>([&] { load_samples(path, 0); }) == held);
    }
  }
}

TEST_CASE("a missing value becomes the same, held and read from its file") {
  const TemporaryFolder folder;
  Floats values = some_floats(1000);
  for (const std::size_t at : {0u, 499u, 999u}) values[at] = std::numeric_limits<float>::quiet_NaN();
  write_npy(folder / "x.npy", Shape{100, 10}, values);
  write_idx(folder / "x", Shape{100, 10}, values);
  for (const char* name : {"x.npy", "x"}) {
    const std::string path = (folder / name).string();
    const Samples held = load_samples(path, everything, BytesAre::pixels, 0.25f);
    check_same(held, load_samples(path, 0, BytesAre::pixels, 0.25f));
    CHECK(values_of(held, 49, 1).back() == std::bit_cast<std::uint32_t>(0.25f));
    CHECK_THROWS_AS(load_data_set(path, 0), NumberError);
    CHECK(values_of(load_data_set(path, 0, 0.25f).validation, 9, 1).back() == std::bit_cast<std::uint32_t>(0.25f));
  }
}

TEST_CASE("batches are the same, bit for bit, of samples held and read, whoever prefetches") {
  const TemporaryFolder folder;
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    kind.write(folder / "x", 503, 33);
    const std::string path = (folder / "x").string();
    BatchSource held(load_data_set(path, everything).train, 100, 5, true);
    BatchSource read(load_data_set(path, 0).train, 100, 5, true);
    std::vector<std::jthread> helpers;
    for (int i = 0; i < 2; ++i)
      helpers.emplace_back([&](std::stop_token stop) {
        while (!stop.stop_requested()) read.prefetch_some();
      });
    int different = 0, batches = 0;
    for (std::uint32_t epoch = 0; epoch < 5; ++epoch) {
      held.start_epoch(epoch);
      read.start_epoch(epoch);
      while (const auto expected = held.next()) {
        const auto found = read.next();
        REQUIRE(found);
        ++batches;
        const bool same = bits_of({found->begin(), found->end()}) == bits_of({expected->begin(), expected->end()});
        different += same ? 0 : 1;
      }
      CHECK_FALSE(read.next());
    }
    CHECK(batches == 25);
    CHECK(different == 0);
  }
}

TEST_CASE("a file that is cut short while it is in use is one clear error") {
  const TemporaryFolder folder;
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    const std::string path = (folder / "x").string();
    kind.write(path, 1000, 10);
    const std::uint64_t size = std::filesystem::file_size(path);
    const Samples read = load_samples(path, 0);
    std::filesystem::resize_file(path, size / 2);
    const std::string expected = path + ": byte " + std::to_string(size / 2) + ": expected " +
                                 std::to_string(size) + " bytes in all, as when it was opened, found " +
                                 std::to_string(size / 2);
    Floats out(10000);
    CHECK(message_of<FileError>([&] { read.values(0, 1000, out.data()); }) == expected);
    CHECK(message_of<FileError>([&] { read.mean(); }) == expected);
    CHECK_NOTHROW(read.values(0, 400, out.data()));

    // In training it is whoever prefetches that finds out, and the one who trains that hears of it.
    BatchSource source(read, 500, 1, false);
    source.start_epoch(0);
    CHECK(message_of<FileError>([&] { source.next(); }).starts_with(path + ": byte "));
    std::filesystem::resize_file(path, size);
    source.start_epoch(0);
    REQUIRE(source.next());
    std::filesystem::resize_file(path, size / 2);
    {
      std::vector<std::jthread> helpers;
      for (int i = 0; i < 3; ++i)
        helpers.emplace_back([&] {
          while (source.prefetch_some()) {
          }
        });
    }
    CHECK(source.indices().size() == 500);
    CHECK(message_of<FileError>([&] { source.next(); })
              .ends_with(std::to_string(size) + " bytes in all, as when it was opened, found " +
                         std::to_string(size / 2)));
    CHECK(source.indices().empty());
    CHECK_THROWS_AS(source.next(), FileError);
    // The file is whole again (zeros in its second half): a new epoch goes on.
    std::filesystem::resize_file(path, size);
    source.start_epoch(1);
    CHECK(source.next());
    CHECK(source.next());
    CHECK_FALSE(source.next());
  }
}

TEST_CASE("a float that becomes NaN while its file is in use is an error, a replaced file is not") {
  const TemporaryFolder folder;
  write_npy(folder / "x.npy", Shape{10, 2}, Floats(20, 0.5f));
  const std::string path = (folder / "x.npy").string();
  const Samples read = read_npy_samples(path, 0);
  write_npy(path, Shape{1, 2}, Floats(2, 0.25f));
  CHECK(values_of(read, 9, 1) == bits_of({0.5f, 0.5f}));

  const Samples again = [&] {
    write_npy(path, Shape{10, 2}, Floats(20, 0.5f));
    return read_npy_samples(path, 0);
  }();
  const float infinity = std::numeric_limits<float>::infinity();
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(::pwrite(descriptor, &infinity, sizeof infinity,
                   static_cast<off_t>(std::filesystem::file_size(path) - sizeof infinity)) == sizeof infinity);
  ::close(descriptor);
  const std::string expected = path + ": sample 9, position 1: expected a finite number, found inf";
  CHECK(message_of<NumberError>([&] { values_of(again, 0, 10); }) == expected);
  CHECK(message_of<NumberError>([&] { again.mean(); }) == expected);
  BatchSource source(again, 5, 1, true);
  source.start_epoch(0);
  CHECK(message_of<NumberError>([&] {
          while (source.next()) {
          }
        }) == expected);
}

TEST_CASE("a window wants a plain file of exactly its values") {
  const TemporaryFolder folder;
  const auto path = folder.write("x", "headABCD");
  constexpr NumberType pixel{NumberKind::pixel, 1, false};
  const auto open = [&](std::uint64_t count, NumberType type) {
    InputFile file(path, Decoding::gzip_if_marked);
    std::array<char, 4> header{};
    file.read_header(header.data(), header.size(), "a header");
    return Window(file, type, count);
  };
  const Window bytes = open(4, pixel);
  Bytes out(2);
  bytes.read_bytes(1, 2, out.data());
  CHECK(out == Bytes{'B', 'C'});
  float value = 0;
  open(1, NumberType{NumberKind::floating, 4, true}).read(0, 1, &value);
  CHECK(std::bit_cast<std::uint32_t>(value) == 0x41424344u);
  open(1, NumberType{}).read(0, 1, &value);
  CHECK(std::bit_cast<std::uint32_t>(value) == 0x44434241u);
  CHECK(message_of<FileError>([&] { open(5, pixel); }) ==
        path.string() + ": byte 4: expected 9 bytes in all, found 8");
  CHECK(message_of<FileError>([&] { open(3, pixel); }) ==
        path.string() + ": byte 7: expected the end of the file, found 1 more bytes");
  CHECK_THROWS_AS(open(std::numeric_limits<std::uint64_t>::max(), NumberType{NumberKind::floating, 4, true}),
                  FileError);
  folder.write("x", gzip("headABCD"));
  CHECK(message_of<FileError>([&] { open(4, pixel); }) ==
        path.string() + ": expected a file that is not compressed, found compressed data");
}

TEST_CASE("reading a large file takes no memory that grows with it") {
  const TemporaryFolder folder;
  // A hole: 64 MB of zeros that the disk does not have.
  constexpr std::size_t count = 64 << 10, width = 1 << 10;
  const auto path = folder.write("x", std::string{"\0\0\x08\2\0\1\0\0\0\0\4\0", 12});
  std::filesystem::resize_file(path, 12 + count * width);
  const std::size_t before = resident_bytes();
  const Samples read = read_idx_samples(path, usually_held / 8);
  REQUIRE_FALSE(read.held());
  REQUIRE(read.count() == count);
  CHECK(read.mean() == 0);
  Floats out(16 * width);
  for (std::size_t first = 0; first < count; first += 16) read.values(first, 16, out.data());
  CHECK(resident_bytes() < before + (std::size_t{16} << 20));
}
