#include "handle.hpp"

#include "text.hpp"

namespace isthmus::interchange {

std::string hdf5_reason() {
  std::string reason;
  const auto take_first = [](unsigned, const H5E_error2_t* error, void* text) -> herr_t {
    *static_cast<std::string*>(text) = error->desc != nullptr ? error->desc : "";
    return 1;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
  return reason.empty() ? "an error without a reason" : shown(reason, longest_path);
}

std::string object_place(std::string_view object) { return in_quotes(object, longest_path); }

std::string data_set_place(std::string_view path) { return "data set " + object_place(path); }

std::string attribute_place(std::string_view object, std::string_view name) {
  return object_place(object) + ", attribute " + object_place(name);
}

}  // namespace isthmus::interchange
