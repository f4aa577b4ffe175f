// Linear maps of each channel of an image: sums and means of windows, upsampling, and their transposes.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::resample(Tensor image, Resampling map, bool transposed, const Window& window,
                                   Shape shape) {
  const Tensor result = windowed(Op::resample, image, {}, window, shape);
  graph_.nodes.back().attribute = map;
  graph_.nodes.back().transpose_a = transposed;
  return result;
}

namespace ops {

inline constexpr OperationRule resample_rule{
    [](const Derivative& d, int) {
      const Node node = d.y.node();
      return d.g.builder->resample(d.g, node.attribute.as<Resampling>(), !node.transpose_a, node.window,
                                   d.a.shape());
    },
    {},
    no_flops,
};

}  // namespace ops

}  // namespace isthmus
