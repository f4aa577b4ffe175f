#include "sz3.hpp"

#include <isthmus/error.hpp>

#include <hdf5.h>

#include <bit>
#include <cstdint>

namespace insitu {
namespace {

/// As the HDF Group has registered it.
constexpr H5Z_filter_t sz3_filter = 32024;
constexpr const char* name = "field";

/// An identifier of HDF5, closed at its end.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {
    if (id < 0) throw isthmus::Error("SZ3: HDF5 refuses a call");
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() { close_(id_); }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void require(herr_t status, const char* what) {
  if (status < 0) throw isthmus::Error(std::string("SZ3: cannot ") + what);
}

Id in_memory() {
  return {[] {
            const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
            H5Pset_fapl_core(access, std::size_t{1} << 16, false);
            return access;
          }(),
          &H5Pclose};
}

/// A file that is these bytes.
hid_t open_bytes(const std::string& bytes) {
  const Id access = in_memory();
  require(H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size()), "read the file");
  return H5Fopen("sz3", H5F_ACC_RDONLY, access);
}

}  // namespace

bool has_sz3() {
  bool found = false;
  H5E_BEGIN_TRY { found = H5Zfilter_avail(sz3_filter) > 0; }
  H5E_END_TRY;
  return found;
}

std::string compress_sz3(std::span<const float> field, int rows, int columns, double epsilon) {
  const hsize_t extents[] = {static_cast<hsize_t>(rows), static_cast<hsize_t>(columns)};
  // The mode (an absolute bound), then four bounds as the halves of doubles, the upper half first.
  const auto bits = std::bit_cast<std::uint64_t>(epsilon);
  const unsigned options[9] = {0, static_cast<unsigned>(bits >> 32), static_cast<unsigned>(bits & 0xffffffffu)};
  const Id access = in_memory(), space(H5Screate_simple(2, extents, nullptr), &H5Sclose);
  const Id file(H5Fcreate("sz3", H5F_ACC_TRUNC, H5P_DEFAULT, access), &H5Fclose);
  const Id creation(H5Pcreate(H5P_DATASET_CREATE), &H5Pclose);
  require(H5Pset_chunk(creation, 2, extents), "set a chunk");
  require(H5Pset_filter(creation, sz3_filter, H5Z_FLAG_MANDATORY, 9, options), "set the filter");
  {
    const Id set(H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), &H5Dclose);
    require(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, field.data()), "compress");
  }
  require(H5Fflush(file, H5F_SCOPE_GLOBAL), "flush");
  std::string bytes(static_cast<std::size_t>(H5Fget_file_image(file, nullptr, 0)), '\0');
  require(H5Fget_file_image(file, bytes.data(), bytes.size()) < 0 ? -1 : 0, "take the file");
  return bytes;
}

std::size_t sz3_bytes(const std::string& bytes) {
  const Id file(open_bytes(bytes), &H5Fclose), set(H5Dopen2(file, name, H5P_DEFAULT), &H5Dclose);
  return static_cast<std::size_t>(H5Dget_storage_size(set));
}

std::vector<float> decompress_sz3(const std::string& bytes, int rows, int columns) {
  const Id file(open_bytes(bytes), &H5Fclose), set(H5Dopen2(file, name, H5P_DEFAULT), &H5Dclose);
  std::vector<float> field(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  require(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, field.data()), "decompress");
  return field;
}

}  // namespace insitu
