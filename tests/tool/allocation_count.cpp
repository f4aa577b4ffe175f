// In place of the file of this name in src/tool/: tests need no operators that count what is allocated.
#include "tool/allocation_count.hpp"

std::int64_t isthmus::tool::allocation_count() { return 0; }
