// The variational autoencoder with a code of two values, so that the code space is a picture.
#pragma once

#include "variational.hpp"

namespace graphs {

struct Variational2d : VariationalOf<2> {
  static constexpr const char* summary = "variational, two-dimensional code to look at";
};

}  // namespace graphs
