#include <isthmus/error.hpp>
#include <isthmus/interchange/import_hdf5.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "reading/names.hpp"

namespace isthmus::interchange {
namespace {

/// The data set `root` + `name`, without its values.
ForeignTensor describe(const Hdf5File& file, const std::string& root, std::string name) {
  Hdf5Info info = file.info(root + name);
  return {std::move(name), std::move(info.shape), info.is_integer ? "integer" : "F32", {}, {}};
}

/// HDF5 would make floats of integers as well: a quantized kernel without its scale.
void read_values(const Hdf5File& file, const std::string& root, ForeignTensor& tensor) {
  if (tensor.type == "F32") tensor.values = file.read(root + tensor.name);
}

/// The name of a layer, which Keras 3 stores beside the layer's numbered tensors.
std::string layer_of(const Hdf5File& file, const std::string& path) {
  const std::string group = path.substr(0, path.rfind('/'));
  if (!group.ends_with("/vars")) return "";
  const auto names = file.texts(group, "name");
  return names && names->size() == 1 ? names->front() : "";
}

/// Reads tensors in the order of the attributes of Keras 2. A list may name a data set many times at no cost to
/// the file's size, so each of the data sets `unread` is read once, by its own path, and then removed from it.
std::vector<ForeignTensor> read_listed(const Hdf5File& file, const std::string& root,
                                       const std::vector<std::string>& layers, std::set<std::string>& unread) {
  std::vector<ForeignTensor> tensors;
  for (const std::string& layer : layers) {
    const auto names = file.texts(root + layer, "weight_names");
    if (!names) throw FileError(file.name(), object_place(root + layer), "an attribute weight_names", "none");
    for (const std::string& name : *names) {
      ForeignTensor tensor = describe(file, root, fmt::format("{}/{}", layer, name));
      const std::string path = root + tensor.name;
      if (unread.erase(path) == 0)
        throw FileError(file.name(), data_set_place(path), "each data set once in the lists, by its path",
                        "this one again, or by another name");
      read_values(file, root, tensor);
      tensors.push_back(std::move(tensor));
    }
  }
  return tensors;
}

}  // namespace

ForeignWeights read_hdf5_weights(const std::filesystem::path& path, const Hdf5Isolation& isolation) {
  const Hdf5File file(path, isolation);
  const std::vector<std::string> paths = file.datasets();
  const std::string of_whole_model = "/model_weights/";
  const bool whole = std::any_of(paths.begin(), paths.end(),
                                 [&](const std::string& name) { return name.starts_with(of_whole_model); });
  const std::string root = whole ? of_whole_model : "/";
  ForeignWeights weights{file.name(), {}, false};
  if (const auto layers = file.texts(root, "layer_names")) {
    std::set<std::string> unread(paths.begin(), paths.end());
    weights.tensors = read_listed(file, root, *layers, unread);
    weights.in_order = true;
    for (const std::string& name : unread) weights.passed_over.push_back(name.substr(1));
    return weights;
  }
  for (const std::string& name : paths) {
    if (!name.starts_with(root)) {
      weights.passed_over.push_back(name.substr(1));
      continue;
    }
    ForeignTensor& tensor = weights.tensors.emplace_back(describe(file, root, name.substr(root.size())));
    read_values(file, root, tensor);
    tensor.layer = layer_of(file, name);
  }
  return weights;
}

}  // namespace isthmus::interchange
