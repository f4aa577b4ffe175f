// Weights in HDF5 files as both generations of Keras write them.
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>
#include <isthmus/interchange/import_hdf5.hpp>

#include <hdf5.h>

#include <cmath>
#include <cstdint>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Texts = std::vector<std::string>;

const std::vector<float> six{1, 2, 3, 4, 5, 6};

Hdf5Data set_of(const std::string& path, std::vector<std::int64_t> shape) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  return {path, std::move(shape), std::span<const float>(six).first(count)};
}

/// A file of two dense layers, `late` behind `early`, and one without weights; below `root`.
std::filesystem::path write_keras_2(const TemporaryFolder& folder, const std::string& root) {
  const auto path = folder / "weights.h5";
  write_hdf5(
      path,
      std::vector<Hdf5Data>{set_of(root + "/late/late/kernel:0", {2, 3}), set_of(root + "/late/late/bias:0", {3}),
                            set_of(root + "/zero/zero/kernel:0", {1, 2}), set_of("/optimizer_weights/m:0", {4})},
      std::vector<Hdf5Attribute>{{root.empty() ? "/" : root, "layer_names", Texts{"zero", "flatten", "late"}},
                                 {root + "/zero", "weight_names", Texts{"zero/kernel:0"}},
                                 {root + "/flatten", "weight_names", Texts{}},
                                 {root + "/late", "weight_names", Texts{"late/kernel:0", "late/bias:0"}}});
  return path;
}

Texts names_of(const ForeignWeights& weights) {
  Texts names;
  for (const ForeignTensor& tensor : weights.tensors) names.push_back(tensor.name);
  return names;
}

/// Adds a layer that has no weights as Keras 2 writes it: with an empty array of doubles.
void add_empty_names(const std::filesystem::path& path, const char* group) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t layer = H5Gcreate2(file, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t none = 0;
  const hid_t space = H5Screate_simple(1, &none, nullptr);
  const hid_t names = H5Acreate2(layer, "weight_names", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(names >= 0);
  H5Aclose(names);
  H5Sclose(space);
  H5Gclose(layer);
  H5Fclose(file);
}

}  // namespace

TEST_CASE("weights of Keras 2 come in the order of the layers, also out of a whole model") {
  const TemporaryFolder folder;
  for (const char* root : {"", "/model_weights"}) {
    const auto path = write_keras_2(folder, root);
    const ForeignWeights weights = read_hdf5_weights(path);
    CHECK(weights.in_order);
    CHECK(weights.file == path.string());
    REQUIRE(names_of(weights) == Texts{"zero/zero/kernel:0", "late/late/kernel:0", "late/late/bias:0"});
    CHECK(weights.tensors[1].shape == std::vector<std::int64_t>{2, 3});
    CHECK(weights.tensors[1].values == six);
  }
}

TEST_CASE("a layer without weights has an empty list of another type in Keras 2") {
  const TemporaryFolder folder;
  const auto path = folder / "weights.h5";
  write_hdf5(path, std::vector<Hdf5Data>{set_of("/a/a/kernel:0", {2, 3})},
             std::vector<Hdf5Attribute>{{"/", "layer_names", Texts{"flatten", "a"}},
                                        {"/a", "weight_names", Texts{"a/kernel:0"}}});
  CHECK(message_of<FileError>([&] {
          read_hdf5_weights(path);
        }).find("'/flatten': expected a group or data set of this name, found none") != std::string::npos);
  add_empty_names(path, "flatten");
  CHECK(names_of(read_hdf5_weights(path)) == Texts{"a/a/kernel:0"});
}

TEST_CASE("16-bit floats of either kind, with their denormals") {
  const TemporaryFolder folder;
  const auto path = folder / "weights.h5";
  write_hdf5(path, std::vector<Hdf5Data>{set_of("/full", {1})});
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const auto add = [&](const char* name, hid_t type, std::vector<std::uint16_t> bits, const char* dtype) {
    const hsize_t count = bits.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits.data()) >= 0);
    if (dtype != nullptr) {
      const hid_t text = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
      H5Tset_size(text, std::string(dtype).size());
      const hid_t attribute = H5Acreate2(set, "dtype", text, one, H5P_DEFAULT, H5P_DEFAULT);
      REQUIRE(H5Awrite(attribute, text, dtype) >= 0);
      H5Aclose(attribute), H5Sclose(one), H5Tclose(text);
    }
    H5Dclose(set), H5Sclose(space);
  };
  // As h5py makes them: numpy.float16, and the two bytes of ml_dtypes.bfloat16.
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE), opaque = H5Tcreate(H5T_OPAQUE, 2);
  H5Tset_fields(half, 15, 10, 5, 0, 10), H5Tset_size(half, 2), H5Tset_ebias(half, 15);
  add("half", half, {0x3c00, 0x0001, 0x83ff, 0x0400, 0x7bff, 0x8000}, nullptr);
  add("brief", opaque, {0x3f80, 0x0001, 0x807f, 0x0080, 0x7f7f, 0x8000}, "bfloat16");
  add("other", opaque, {1}, "float17");
  add("unknown", opaque, {1}, nullptr);
  H5Tclose(half), H5Tclose(opaque), H5Fclose(file);
  for (const bool own_process : {true, false}) {
    const Hdf5File read(path, {.own_process = own_process});
    const std::vector<float> halves = read.read("/half"), briefs = read.read("/brief");
    CHECK(halves == std::vector<float>{1, 0x1p-24f, -1023 * 0x1p-24f, 0x1p-14f, 65504, -0.0f});
    CHECK(briefs == std::vector<float>{1, 0x1p-133f, -127 * 0x1p-133f, 0x1p-126f, 255 * 0x1p120f, -0.0f});
    CHECK((std::signbit(halves[5]) && std::signbit(briefs[5])));
    CHECK(read.read_rows("/brief", 1, 2) == std::vector<float>{0x1p-133f, -127 * 0x1p-133f});
    CHECK_FALSE(read.info("/brief").is_integer);
    for (const char* name : {"/other", "/unknown"})
      CHECK(message_of<FileError>([&] {
              read.info(name);
            }).ends_with("': expected integers or floating-point numbers, found bytes without a meaning"));
  }
}

TEST_CASE("weights of Keras 3 are all data sets of the file") {
  const TemporaryFolder folder;
  const auto path = folder / "model.weights.h5";
  write_hdf5(path,
             std::vector<Hdf5Data>{set_of("/layers/dense_1/vars/0", {3, 2}), set_of("/layers/dense/vars/1", {3}),
                                   set_of("/layers/dense/vars/0", {2, 3}), set_of("/optimizer/vars/0", {1})},
             std::vector<Hdf5Attribute>{{"/layers/dense_1/vars", "name", std::string("code")}});
  const ForeignWeights weights = read_hdf5_weights(path);
  CHECK_FALSE(weights.in_order);
  CHECK(names_of(weights) ==
        Texts{"layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0", "optimizer/vars/0"});
  CHECK(weights.tensors[0].layer.empty());
  CHECK(weights.tensors[2].layer == "code");
}

TEST_CASE("weights that a list of Keras 2 promises and the file does not have are named") {
  const TemporaryFolder folder;
  const auto path = folder / "weights.h5";
  const auto refusal = [&](const std::vector<Hdf5Attribute>& attributes) {
    write_hdf5(path, std::vector<Hdf5Data>{set_of("/a/a/kernel:0", {2, 3})}, attributes);
    return message_of<FileError>([&] { read_hdf5_weights(path); }).substr(path.string().size());
  };
  CHECK(refusal({{"/", "layer_names", Texts{"a"}}}) == ": '/a': expected an attribute weight_names, found none");
  CHECK(refusal({{"/", "layer_names", Texts{"a"}}, {"/a", "weight_names", Texts{"a/bias:0"}}}) ==
        ": data set '/a/a/bias:0': expected a data set of this name, found none; there are /a/a/kernel:0");
  CHECK(refusal({{"/", "layer_names", 4.0}}) ==
        ": '/', attribute 'layer_names': expected strings, found something else");
}

TEST_CASE("a list that names a data set again, or in other words, is refused") {
  // A list of a thousand names would else read a data set of a gigabyte a thousand times.
  const TemporaryFolder folder;
  const auto path = folder / "weights.h5";
  const auto refusal = [&](const Texts& layers, const Texts& names) {
    write_hdf5(path, std::vector<Hdf5Data>{set_of("/a/a/kernel:0", {2, 3})},
               std::vector<Hdf5Attribute>{{"/", "layer_names", layers}, {"/a", "weight_names", names}});
    return message_of<FileError>([&] { read_hdf5_weights(path); }).substr(path.string().size());
  };
  const std::string once =
      "': expected each data set once in the lists, by its path, found this one again, or by another name";
  CHECK(refusal({"a"}, {"a/kernel:0", "a/kernel:0"}) == ": data set '/a/a/kernel:0" + once);
  CHECK(refusal({"a", "a"}, {"a/kernel:0"}) == ": data set '/a/a/kernel:0" + once);
  CHECK(refusal({"a"}, {"a/./kernel:0"}) == ": data set '/a/a/./kernel:0" + once);
  CHECK(refusal({"a"}, {"a//kernel:0"}) == ": data set '/a/a//kernel:0" + once);
}
