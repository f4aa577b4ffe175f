#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

namespace isthmus {

std::string full_name(const Label& label) {
  std::string name = label.layer;
  for (const char* const part : {label.part, label.moment})
    if (*part != 0) name.append(".").append(part);
  return name;
}

}  // namespace isthmus
