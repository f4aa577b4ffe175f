#include "ops/c_texts.hpp"

namespace isthmus::interchange {

const COperation c_text::output{.has = in_every_form, .write = write_copy};
const COperation c_text::side_output{.has = in_every_form, .write = write_copy};

}  // namespace isthmus::interchange
