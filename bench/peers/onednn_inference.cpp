// Products and models that are only used, in oneDNN. Weights are in the format that the primitive wants before the
// first step; activations stay in those that the primitives choose.
#include "onednn.hpp"

namespace peers {

using dnnl::algorithm;
using dnnl::prop_kind;

double measure_product(const Case& asked) {
  const auto [inner, columns] = product_shape(asked);
  const bool transposed = asked.model == "matmul_t";
  Steps steps;
  const memory::dim rows = transposed ? inner : asked.batch, depth = transposed ? asked.batch : inner;
  // X transposed is the same memory, read by columns. The right operand is the model's own, or comes in each step.
  const memory a = steps.samples({rows, depth}, transposed ? Tag::ba : Tag::ab);
  const memory b = steps.weights({depth, columns}, Tag::ab);
  const memory result = steps.room(descriptor({rows, columns}, Tag::ab));
  const dnnl::matmul::primitive_desc product(
      {a.get_desc(), transposed ? b.get_desc() : descriptor({depth, columns}), result.get_desc()}, steps.engine());
  steps.add(
      dnnl::matmul(product),
      {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, steps.reordered(b, product.weights_desc())}, {DNNL_ARG_DST, result}});
  return median_ms(asked.seconds, [&] { steps.run(); });
}

double measure_dense(const Case& asked) {
  Steps steps;
  memory last = steps.samples({asked.batch, 784}, Tag::ab);
  const auto dense = [&](memory::dim width, algorithm activation, bool is_output = false) {
    const memory::dim inner = last.get_desc().dims()[1];
    const memory weights = steps.weights({width, inner}, Tag::oi);
    const memory bias = steps.zeros({width}, Tag::x);
    const dnnl::inner_product_forward::primitive_desc layer(
        {prop_kind::forward_inference, descriptor({asked.batch, inner}), descriptor({width, inner}),
         bias.get_desc(), descriptor({asked.batch, width}, is_output ? Tag::ab : Tag::any)},
        then(activation), steps.engine());
    const memory in = steps.in_format(last, layer.src_desc());
    last = steps.room(layer.dst_desc());
    const memory packed = steps.reordered(weights, layer.weights_desc());
    steps.add(dnnl::inner_product_forward(layer),
              {{DNNL_ARG_SRC, in}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, last}});
  };
  dense(512, algorithm::eltwise_elu);
  dense(128, algorithm::eltwise_elu);
  dense(10, algorithm::undef);
  dense(128, algorithm::eltwise_elu);
  dense(512, algorithm::eltwise_elu);
  dense(784, algorithm::eltwise_logistic, true);
  return median_ms(asked.seconds, [&] { steps.run(); });
}

double measure_denoising(const Case& asked) {
  Steps steps;
  memory last = steps.samples({asked.batch, 1, 28, 28}, Tag::nhwc);
  const auto convolve = [&](memory::dim channels, algorithm activation, bool is_output = false) {
    const memory::dims from = last.get_desc().dims();
    const memory::dims window{channels, from[1], 3, 3}, to{from[0], channels, from[2], from[3]};
    const memory weights = steps.weights(window, Tag::oihw);
    const memory bias = steps.zeros({channels}, Tag::x);
    const dnnl::convolution_forward::primitive_desc layer({prop_kind::forward_inference,
                                                           algorithm::convolution_auto,
                                                           descriptor(from),
                                                           descriptor(window),
                                                           bias.get_desc(),
                                                           descriptor(to, is_output ? Tag::nhwc : Tag::any),
                                                           {1, 1},
                                                           {1, 1},
                                                           {1, 1}},
                                                          then(activation), steps.engine());
    const memory in = steps.in_format(last, layer.src_desc());
    last = steps.room(layer.dst_desc());
    const memory packed = steps.reordered(weights, layer.weights_desc());
    steps.add(dnnl::convolution_forward(layer),
              {{DNNL_ARG_SRC, in}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, last}});
  };
  const auto resized = [&](memory::dim numerator, memory::dim denominator) {
    memory::dims to = last.get_desc().dims();
    for (const std::size_t axis : {std::size_t{2}, std::size_t{3}}) to[axis] = to[axis] * numerator / denominator;
    return descriptor(to);
  };
  const auto pool = [&] {
    const dnnl::pooling_forward::primitive_desc layer({prop_kind::forward_inference,
                                                       algorithm::pooling_max,
                                                       last.get_desc(),
                                                       resized(1, 2),
                                                       {2, 2},
                                                       {2, 2},
                                                       {0, 0},
                                                       {0, 0}},
                                                      steps.engine());
    const memory in = last;
    last = steps.room(layer.dst_desc());
    steps.add(dnnl::pooling_forward(layer), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, last}});
  };
  const auto upsample = [&] {
    const dnnl::resampling_forward::primitive_desc layer(
        {prop_kind::forward_inference, algorithm::resampling_nearest, last.get_desc(), resized(2, 1)},
        steps.engine());
    const memory in = last;
    last = steps.room(layer.dst_desc());
    steps.add(dnnl::resampling_forward(layer), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, last}});
  };
  convolve(32, algorithm::eltwise_relu);
  pool();
  convolve(64, algorithm::eltwise_relu);
  pool();
  convolve(128, algorithm::eltwise_relu);
  convolve(128, algorithm::eltwise_relu);
  upsample();
  convolve(64, algorithm::eltwise_relu);
  upsample();
  convolve(1, algorithm::eltwise_logistic, true);
  return median_ms(asked.seconds, [&] { steps.run(); });
}

}  // namespace peers
