// The targets of links in an HDF5 file.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "open_file.hpp"
#include "text.hpp"

namespace isthmus::interchange {

std::string where_link_leads(hid_t file, hid_t access, std::string_view path) {
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string part(path.substr(0, end));
    H5L_info_t info;
    if (part == "/") continue;
    if (H5Lget_info(file, part.c_str(), &info, access) < 0) return "";
    if (info.type == H5L_TYPE_HARD) continue;
    constexpr std::size_t longest = 1 << 16;  // what a link's message has room for
    std::vector<char> value(std::min(info.u.val_size, longest) + 1, '\0');
    if (H5Lget_val(file, part.c_str(), value.data(), value.size() - 1, access) < 0) return "";
    if (info.type == H5L_TYPE_EXTERNAL) {
      const char *other = nullptr, *object = nullptr;
      if (H5Lunpack_elink_val(value.data(), value.size() - 1, nullptr, &other, &object) < 0) return "";
      return fmt::format("a link to {} in another file, {}", in_quotes(object, longest_path),
                         in_quotes(other, longest_path));
    }
    if (info.type == H5L_TYPE_SOFT && H5Oexists_by_name(file, part.c_str(), access) <= 0)
      return fmt::format("a link to {}, which is not there", in_quotes(value.data(), longest_path));
  }
  return "";
}

}  // namespace isthmus::interchange
