#include "handle.hpp"

#include "names.hpp"
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

}  // namespace isthmus::interchange
