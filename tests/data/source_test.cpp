#include <isthmus/data/idx.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/data/source.hpp>
#include <isthmus/error.hpp>

#include <stdlib.h>

#include <numeric>
#include <optional>

#include "data/gzip.hpp"
#include "data/npy.hpp"
#include "data/temporary_folder.hpp"
#include "data/zip.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

/// Sets an environment variable for the length of a test.
class Environment {
 public:
  Environment(const char* variable, const std::string& value) : variable_(variable) {
    if (const char* old = ::getenv(variable)) old_ = old;
    ::setenv(variable, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (old_) {
      ::setenv(variable_, old_->c_str(), 1);
    } else {
      ::unsetenv(variable_);
    }
  }

 private:
  const char* variable_;
  std::optional<std::string> old_;
};

/// No data set is found but by Debian's package, which has no folder for `mnist`.
struct NoFolders {
  TemporaryFolder empty;
  Environment data{"ISTHMUS_DATA", ""};
  Environment share{"XDG_DATA_HOME", (empty / "share").string()};
};

Bytes counting(std::size_t n) {
  Bytes bytes(n);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

void write_images(const std::filesystem::path& folder, const std::string& part, std::int64_t count,
                  std::int64_t side = 2) {
  std::filesystem::create_directories(folder);
  write_idx(folder / (part + "-images-idx3-ubyte"), Shape{count, side, side},
            counting(static_cast<std::size_t>(count * side * side)));
}

void write_labels(const std::filesystem::path& folder, const std::string& part, std::int64_t count) {
  write_idx(folder / (part + "-labels-idx1-ubyte"), Shape{count}, counting(static_cast<std::size_t>(count)));
}

Floats values_of(const Samples& samples) {
  Floats out(samples.count() * samples.sample_size());
  samples.values(0, samples.count(), out.data());
  return out;
}

}  // namespace

TEST_CASE("one file is told by its first bytes, not by its name") {
  const TemporaryFolder folder;
  write_idx(folder / "a.npy", Shape{3, 2}, counting(6));
  CHECK(load_samples((folder / "a.npy").string()).count() == 3);
  const auto packed = folder.write("b.npy", gzip(read_bytes(folder / "a.npy")));
  CHECK(load_samples(packed.string()).count() == 3);
  write_npy(folder / "c.gz", Shape{4, 2}, Floats(8, 0.5f));
  CHECK(load_samples((folder / "c.gz").string()).count() == 4);
}

TEST_CASE("a source is a file, or an array in one, whatever colons and endings their names have") {
  const TemporaryFolder folder;
  const std::string array = npy("|u1", "(2, 1)", "\3\4");
  const auto values = [&](const std::string& source) {
    return values_of(load_samples((folder / source).string(), usually_held, BytesAre::numbers));
  };
  for (const char* name : {"X.NPY", "x", "x.idx", "x:y", "x.gz"}) {
    folder.write(name, array);
    CHECK(values(name) == Floats{3, 4});
    folder.write(name, gzip(array));
    CHECK(values(name) == Floats{3, 4});
  }
  folder.write("ARRAYS.NPZ", zip({{"a.npy", array}, {"b:c.npy", npy("|u1", "(1, 1)", "\5"), 8}}));
  CHECK(values("ARRAYS.NPZ:a") == Floats{3, 4});
  CHECK(values("ARRAYS.NPZ:b:c") == Floats{5});
  folder.write("of:one", zip({{"a.npy", array}}));
  CHECK(values("of:one") == Floats{3, 4});
  CHECK(values("of:one:a") == Floats{3, 4});
  folder.write("labels.npz", zip({{"a.npy", npy("<i4", "(2,)", {"\1\0\0\0\2\0\0\0", 8})}}));
  CHECK(load_labels((folder / "labels.npz:a").string()) == Bytes{1, 2});

  const std::string file = (folder / "X.NPY").string();
  CHECK(message_of<FileError>([&] { load_samples(file + ":a"); }) ==
        file + ": expected no name behind it: it is one array, found 'a'");
  CHECK(message_of<FileError>([&] { load_labels(file + ":a"); }).find("expected no name") != std::string::npos);
  const std::string packed = folder.write("packed", gzip(zip({{"a.npy", array}}))).string();
  CHECK(message_of<FileError>([&] {
          load_samples(packed);
        }).ends_with("found a ZIP archive, compressed by gzip; convert it: unzip FILE"));
}

TEST_CASE("labels are read from either format, told by the first bytes") {
  const TemporaryFolder folder;
  write_idx(folder / "a.npy", Shape{3}, Bytes{4, 0, 9});
  CHECK(load_labels((folder / "a.npy").string()) == Bytes{4, 0, 9});
  CHECK(load_labels(folder.write("b", gzip(read_bytes(folder / "a.npy"))).string()) == Bytes{4, 0, 9});
  CHECK(load_labels(folder.write("c", npy("|u1", "(2,)", "\5\6")).string()) == Bytes{5, 6});
  const std::string picture = folder.write("x.gif", {"GIF89a\1\0", 8}).string();
  CHECK(message_of<FileError>([&] {
          load_labels(picture);
        }).starts_with(picture + ": expected an IDX, .npy or .npz file, found a GIF image; convert it: "));
}

TEST_CASE("a file that no reader understands") {
  const TemporaryFolder folder;
  const std::string understood = ": expected an IDX, .npy or .npz file, found ";
  const std::string picture = folder.write("x.tif", {"II*\0", 4}).string();
  CHECK(message_of<FileError>([&] { load_samples(picture); }) ==
        picture + understood + "a TIFF image; convert it: numpy.save('x.npy', tifffile.imread(FILE))");
  CHECK(message_of<FileError>([&] { load_samples(folder.path().string()); }) ==
        folder.path().string() + understood + "a folder");
  const std::string empty = folder.write("empty", "").string();
  CHECK(message_of<FileError>([&] { load_samples(empty); }) == empty + understood + "an empty file");
  const std::string one = folder.write("one", "\x01").string();
  CHECK(message_of<FileError>([&] { load_samples(one); }) ==
        one + understood +
            "data of an unknown format (it begins 01); convert it: numpy.save('x.npy', numpy.fromfile(FILE, "
            "'float32').reshape(COUNT, -1))");
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { load_samples(missing); }) ==
        missing + ": cannot open: No such file or directory");
}

TEST_CASE("the last tenth of a file, at least one sample, is for validation") {
  const TemporaryFolder folder;
  const std::string path = (folder / "x").string();
  for (const auto& [count, validation] : {std::pair{2, 1}, {10, 1}, {19, 1}, {20, 2}, {100, 10}}) {
    const Bytes bytes = counting(static_cast<std::size_t>(count));
    write_idx(path, Shape{count, 1}, bytes);
    const DataSet set = load_data_set(path);
    REQUIRE(set.validation.count() == static_cast<std::size_t>(validation));
    REQUIRE(set.train.count() == static_cast<std::size_t>(count - validation));
    CHECK(values_of(set.train).front() == 0.0f);
    CHECK(values_of(set.validation).front() == static_cast<float>(count - validation) / 255.0f);
    CHECK(values_of(set.validation).back() == static_cast<float>(count - 1) / 255.0f);
  }
  write_idx(path, Shape{1, 1}, Bytes{1});
  CHECK(message_of<FileError>([&] { load_data_set(path); }) ==
        path + ": expected at least 2 samples, to train on and to validate with, found 1");
}

TEST_CASE("a source that is neither a name nor a file says what is understood") {
  const std::string understood =
      ": expected mnist, fashion-mnist, or the path of an IDX, .npy or .npz file, found ";
  CHECK(message_of<FileError>([] { load_data_set("mnits"); }) ==
        "mnits" + understood + "no such file; the nearest is 'mnist'");
  CHECK(message_of<FileError>([] { load_data_set("x.h5:images"); }) ==
        "x.h5:images" + understood + "no such file");
}

TEST_CASE("a data set is found by its name, first in ISTHMUS_DATA, then in XDG_DATA_HOME, then in HOME") {
  const TemporaryFolder folder;
  const Environment data("ISTHMUS_DATA", (folder / "data").string());
  const Environment share("XDG_DATA_HOME", (folder / "share").string());
  const Environment home("HOME", (folder / "home").string());
  const auto in_home = folder / "home" / ".local" / "share" / "isthmus" / "mnist";
  write_images(in_home, "train", 5);
  write_images(in_home, "t10k", 1);
  {
    const Environment no_share("XDG_DATA_HOME", "");
    CHECK(load_data_set("mnist").train.count() == 5);
  }
  write_images(folder / "share" / "isthmus" / "mnist", "train", 4);
  write_images(folder / "share" / "isthmus" / "mnist", "t10k", 1);
  CHECK(load_data_set("mnist").train.count() == 4);
  write_images(folder / "data" / "mnist", "train", 3);
  write_images(folder / "data" / "mnist", "t10k", 2);
  const DataSet set = load_data_set("mnist");
  CHECK(set.train.count() == 3);
  CHECK(set.validation.count() == 2);
  CHECK(set.train.shape() == Shape{2, 2});
  CHECK(set.train.labels().empty());
}

TEST_CASE("a data set by name comes with labels, and its files may be compressed") {
  const TemporaryFolder folder;
  const Environment data("ISTHMUS_DATA", folder.path().string());
  const auto mnist = folder / "mnist";
  for (const auto& [part, count] : {std::pair{std::string("train"), 3}, {std::string("t10k"), 2}}) {
    write_images(mnist, part, count);
    write_labels(mnist, part, count);
    for (const char* kind : {"-images-idx3-ubyte", "-labels-idx1-ubyte"}) {
      const auto plain = mnist / (part + kind);
      folder.write("mnist/" + part + kind + ".gz", gzip(read_bytes(plain)));
      std::filesystem::remove(plain);
    }
  }
  const DataSet set = load_data_set("mnist");
  CHECK(set.train.name() == (mnist / "train-images-idx3-ubyte.gz").string());
  REQUIRE(set.train.labels().size() == 3);
  CHECK(set.train.labels()[2] == 2);
  CHECK(set.validation.labels().size() == 2);
}

TEST_CASE("a data set that is not installed says where it was looked for and what installs it") {
  const NoFolders none;
  const std::string looked = (none.empty / "share").string() + "/isthmus/mnist or /usr/share/datasets/mnist";
  CHECK(message_of<FileError>([] { load_data_set("mnist"); }) ==
        "mnist: expected train-images-idx3-ubyte, plain or .gz, in " + looked +
            " (tests/setup installs it), found none");
}

TEST_CASE("a data set whose files do not belong together") {
  const TemporaryFolder folder;
  const Environment data("ISTHMUS_DATA", folder.path().string());
  const auto mnist = folder / "mnist";
  const std::string name = mnist.string();
  const auto complaint = [] { return message_of<FileError>([] { load_data_set("mnist"); }); };
  write_images(mnist, "train", 3);
  CHECK(complaint() == name +
                           ": expected t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz (tests/setup "
                           "installs it), found neither");
  write_images(mnist, "t10k", 2, 3);
  CHECK(complaint() == name + "/t10k-images-idx3-ubyte: byte 8: expected images of shape [2, 2], as in " + name +
                           "/train-images-idx3-ubyte, found [3, 3]");
  write_images(mnist, "t10k", 2);
  write_labels(mnist, "t10k", 3);
  CHECK(complaint() == name + "/t10k-labels-idx1-ubyte: byte 4: expected 2 labels, one per image, found 3");
  write_idx(mnist / "train-images-idx3-ubyte", Shape{4}, counting(4));
  CHECK(complaint() == name +
                           "/train-images-idx3-ubyte: byte 3: expected samples, so 2 to 4 dimensions, "
                           "found 1: these are labels");
  write_idx(mnist / "train-images-idx3-ubyte", Shape{4, 1}, counting(4));
  CHECK(complaint() == name + "/train-images-idx3-ubyte: byte 3: expected images, so 3 dimensions, found 2");
}

TEST_CASE("Debian's Fashion-MNIST, where it is installed") {
  const NoFolders none;
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    WARN("dataset-fashion-mnist is not installed");
    return;
  }
  const DataSet set = load_data_set("fashion-mnist");
  CHECK(set.train.count() == 60000);
  CHECK(set.validation.count() == 10000);
  CHECK(set.train.shape() == Shape{28, 28});
  CHECK(set.train.labels().size() == 60000);
  CHECK(set.validation.labels().size() == 10000);
  // The mean that everybody normalizes with.
  CHECK(set.train.mean() == Approx(0.2860).epsilon(1e-3));
}
