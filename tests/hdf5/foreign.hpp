// HDF5 files as other programs write them.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

namespace isthmus {

/// A file in the making, closed at the end of its scope.
class ForeignFile {
 public:
  explicit ForeignFile(const std::filesystem::path& path)
      : id_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ForeignFile(const ForeignFile&) = delete;
  ForeignFile& operator=(const ForeignFile&) = delete;
  ~ForeignFile() { H5Fclose(id_); }

  hid_t id() const { return id_; }

  /// The type of a T in files that a big-endian machine has written.
  template <class T>
  static hid_t big_endian() {
    if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32BE;
    else if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64BE;
    else if constexpr (std::is_signed_v<T>)
      return sizeof(T) == 1   ? H5T_STD_I8BE
             : sizeof(T) == 2 ? H5T_STD_I16BE
             : sizeof(T) == 4 ? H5T_STD_I32BE
                              : H5T_STD_I64BE;
    else
      return sizeof(T) == 1   ? H5T_STD_U8BE
             : sizeof(T) == 2 ? H5T_STD_U16BE
             : sizeof(T) == 4 ? H5T_STD_U32BE
                              : H5T_STD_U64BE;
  }
  /// Its type in memory.
  template <class T>
  static hid_t native() {
    if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
    else if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
    else if constexpr (std::is_signed_v<T>)
      return sizeof(T) == 1   ? H5T_NATIVE_INT8
             : sizeof(T) == 2 ? H5T_NATIVE_INT16
             : sizeof(T) == 4 ? H5T_NATIVE_INT32
                              : H5T_NATIVE_INT64;
    else
      return sizeof(T) == 1   ? H5T_NATIVE_UINT8
             : sizeof(T) == 2 ? H5T_NATIVE_UINT16
             : sizeof(T) == 4 ? H5T_NATIVE_UINT32
                              : H5T_NATIVE_UINT64;
  }

  /// A data set with values, or without any where there are none.
  template <class T>
  void add(const char* name, const std::vector<hsize_t>& extents, const std::vector<T>& values,
           hid_t properties = H5P_DEFAULT) {
    const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
    const hid_t set = H5Dcreate2(id_, name, big_endian<T>(), space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (!values.empty()) H5Dwrite(set, native<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(set);
    H5Sclose(space);
  }

  template <class T>
  void attribute(const char* object, const char* name, const std::vector<T>& values) {
    const hsize_t count = values.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    write(object, name, big_endian<T>(), native<T>(), space, values.data());
  }
  void attribute(const char* object, const char* name, const std::string& text) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, text.size());
    write(object, name, type, type, H5Screate(H5S_SCALAR), text.data());
    H5Tclose(type);
  }

 private:
  void write(const char* object, const char* name, hid_t file_type, hid_t memory_type, hid_t space,
             const void* values) {
    const hid_t made =
        H5Acreate_by_name(id_, object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(made, memory_type, values);
    H5Aclose(made);
    H5Sclose(space);
  }

  hid_t id_;
};

}  // namespace isthmus
