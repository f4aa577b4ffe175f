#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

#include <algorithm>

namespace isthmus {

std::string full_name(const Label& label) {
  std::string name = label.layer;
  for (const char* const part : {label.part, label.moment})
    if (*part != 0) name.append(".").append(part);
  return name;
}

const NamedTensor* find_in_use(const std::vector<NamedTensor>& tensors, const std::string& name) {
  for (const std::string& wanted : {name + "." + moving_average, name}) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == wanted; });
    if (found != tensors.end()) return &*found;
  }
  return nullptr;
}

}  // namespace isthmus
