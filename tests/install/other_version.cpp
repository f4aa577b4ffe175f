// A unit as it would be with the headers of another version: the library is not what it was compiled for.
#include <isthmus.h>

#undef ISTHMUS_VERSION_MINOR
#define ISTHMUS_VERSION_MINOR 999
#include <isthmus/run/library.hpp>

int main() { isthmus::require_library(); }
