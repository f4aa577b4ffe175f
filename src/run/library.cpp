#include <isthmus/run/library.hpp>

namespace isthmus {

template <>
void model_needs_library_of_version<ISTHMUS_VERSION_MAJOR, ISTHMUS_VERSION_MINOR, lower::layout_of_programs()>() {}

}  // namespace isthmus
