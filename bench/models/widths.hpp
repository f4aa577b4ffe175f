// `dense` with layers of any width: 784 - width - width/4 - 10 - width/4 - width - 784. graphs/dense.hpp is the
// one of 512.
#pragma once

#include <isthmus/declare.hpp>

namespace bench {

using namespace isthmus;

template <int width>
struct Width {
  static constexpr auto model = autoencoder(
      encoder(input<784>("image"), dense<width>("enc1") | elu, dense<width / 4>("enc2") | elu),
      bottleneck(dense<10>("code")),
      decoder(dense<width / 4>("dec1") | elu, dense<width>("dec2") | elu, dense<784>("dec3") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace bench
