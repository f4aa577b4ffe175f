// Operations over rows.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

/// Copies each row of the operands into one piece, has the operation's kernel compute the result's, and hands up to
/// sixteen of these to the elementwise kernel. Tiles have all panels.
void run_rows(const AnchorCall& anchor, const Tile& tile);

}  // namespace isthmus::lower
