#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "data/shapes.hpp"
#include "reading/handle.hpp"
#include "reading/names.hpp"

namespace isthmus::interchange {
namespace {

/// A file that is being written: `name` is what messages call it.
class Writer {
 public:
  Writer(std::string name, const std::string& temporary)
      : name_(std::move(name)),
        file_(H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
        // Groups on the way to an object are made with it.
        with_groups_(H5Pcreate(H5P_LINK_CREATE)) {
    require(file_ && H5Pset_create_intermediate_group(with_groups_.id(), 1) >= 0, "");
  }

  void add(const Hdf5Data& data) {
    const std::string place = data_set_place(data.path);
    const bool is_bytes = std::holds_alternative<std::span<const std::uint8_t>>(data.values);
    const std::size_t count = std::visit([](const auto& values) { return values.size(); }, data.values);
    if (data::value_count(data.shape) != count)
      throw ShapeError(fmt::format("{} of shape {}: found {} values", place, data::shape_text(data.shape), count));
    if (data.shape.size() > H5S_MAX_RANK)
      throw ShapeError(
          fmt::format("{}: expected at most {} dimensions, found {}", place, H5S_MAX_RANK, data.shape.size()));
    const std::vector<hsize_t> extents(data.shape.begin(), data.shape.end());
    const Handle space(extents.empty()
                           ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr));
    // Without modification times, so that the same data give the same bytes.
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(properties.id(), false);
    const Handle set(H5Dcreate2(file_.id(), data.path.c_str(), is_bytes ? H5T_STD_U8LE : H5T_IEEE_F32LE,
                                space.id(), with_groups_.id(), properties.id(), H5P_DEFAULT));
    require(static_cast<bool>(set), place);
    if (count == 0) return;
    const void* const values = std::visit([](const auto& all) -> const void* { return all.data(); }, data.values);
    require(H5Dwrite(set.id(), is_bytes ? H5T_NATIVE_UINT8 : H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     values) >= 0,
            place);
  }

  void add(const Hdf5Attribute& attribute) {
    place_ = attribute_place(attribute.object, attribute.name);
    Handle object(H5Oopen(file_.id(), attribute.object.c_str(), H5P_DEFAULT));
    if (!object)
      object =
          Handle(H5Gcreate2(file_.id(), attribute.object.c_str(), with_groups_.id(), H5P_DEFAULT, H5P_DEFAULT));
    require(static_cast<bool>(object), place_);
    std::visit([&](const auto& value) { write(object.id(), attribute.name, value); }, attribute.value);
  }

  void close() { require(file_.close(), ""); }

 private:
  void require(bool done, const std::string& place) const {
    if (!done) throw FileError(name_, place, "to write it", fmt::format("a failure: {}", hdf5_reason()));
  }

  void write(hid_t object, const std::string& name, hid_t file_type, hid_t memory_type, hid_t space,
             const void* value) const {
    const Handle attribute(H5Acreate2(object, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT));
    require(attribute && H5Awrite(attribute.id(), memory_type, value) >= 0, place_);
  }
  void write(hid_t object, const std::string& name, std::int64_t value) const {
    write(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, Handle(H5Screate(H5S_SCALAR)).id(), &value);
  }
  void write(hid_t object, const std::string& name, double value) const {
    write(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, Handle(H5Screate(H5S_SCALAR)).id(), &value);
  }
  void write(hid_t object, const std::string& name, const std::string& value) const {
    const Handle type = text_type(H5T_VARIABLE);
    const char* const text = value.c_str();
    write(object, name, type.id(), type.id(), Handle(H5Screate(H5S_SCALAR)).id(), &text);
  }
  void write(hid_t object, const std::string& name, const std::vector<std::string>& values) const {
    std::size_t longest = 1;
    for (const std::string& value : values) longest = std::max(longest, value.size());
    std::string all(longest * values.size(), '\0');
    for (std::size_t i = 0; i < values.size(); ++i)
      std::copy(values[i].begin(), values[i].end(), all.data() + i * longest);
    const Handle type = text_type(longest);
    const hsize_t count = values.size();
    const Handle space(H5Screate_simple(1, &count, nullptr));
    write(object, name, type.id(), type.id(), space.id(), all.data());
  }

  static Handle text_type(std::size_t size) {
    Handle type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type.id(), size);
    H5Tset_strpad(type.id(), size == H5T_VARIABLE ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    return type;
  }

  std::string name_, place_;
  Handle file_, with_groups_;
};

}  // namespace

void write_hdf5(const std::filesystem::path& path, std::span<const Hdf5Data> data,
                std::span<const Hdf5Attribute> attributes) {
  const QuietErrors quiet;
  data::write_atomically(path, [&](const std::string& temporary) {
    Writer writer(path.string(), temporary);
    for (const Hdf5Data& set : data) writer.add(set);
    for (const Hdf5Attribute& attribute : attributes) writer.add(attribute);
    writer.close();
  });
}

}  // namespace isthmus::interchange
