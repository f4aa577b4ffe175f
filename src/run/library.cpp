#include <isthmus/run/library.hpp>

namespace isthmus {

template <>
void model_needs_library_of_version<ISTHMUS_VERSION_MAJOR, ISTHMUS_VERSION_MINOR, detail::layout_of_models()>() {}

}  // namespace isthmus
