#include "ops/onnx.hpp"

#include "onnx/window.hpp"

namespace isthmus::interchange {

const OnnxOperator onnx_max_pool{
    .has = any_node,
    .write = [](OnnxExporter& to,
                int i) { to.value(i).channels_first = add_pool(to, to.graph()[i], "MaxPool").result(); },
};

}  // namespace isthmus::interchange
