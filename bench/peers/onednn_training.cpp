// A training step of `dense` in oneDNN: forward with the activation fused, the gradients of activations, data and
// weights as primitives of their own, Adam as a loop over each parameter in the format in which the forward pass
// wants it. The derivatives of activations are taken from their results, which are kept anyway.
#include <cmath>

#include "onednn.hpp"

namespace peers {
namespace {

using dnnl::algorithm;
using dnnl::prop_kind;
using Forward = dnnl::inner_product_forward;
using BackwardData = dnnl::inner_product_backward_data;
using BackwardWeights = dnnl::inner_product_backward_weights;
using BackwardActivation = dnnl::eltwise_backward;

/// A tensor that is trained, its gradient in the same format, and Adam's moments.
struct Parameter {
  memory values, gradient;
  std::vector<float> first, second;

  explicit Parameter(memory given) : values(given), first(Steps::floats(given)), second(Steps::floats(given)) {}
};

/// Adam (Kingma and Ba 2015, algorithm 1), its corrections in the step size.
void update(Parameter& parameter, int step) {
  constexpr float rate = 1e-3f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-7f;
  const float correction = std::sqrt(1 - std::pow(beta2, static_cast<float>(step)));
  const float size = rate * correction / (1 - std::pow(beta1, static_cast<float>(step)));
  const float small = epsilon * correction;
  float* const w = Steps::data(parameter.values);
  const float* const g = Steps::data(parameter.gradient);
  float* const m = parameter.first.data();
  float* const v = parameter.second.data();
  const auto count = static_cast<std::ptrdiff_t>(parameter.first.size());
#pragma omp parallel for simd
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    w[i] -= size * m[i] / (std::sqrt(v[i]) + small);
  }
}

struct Layer {
  Forward::primitive_desc forward;
  algorithm activation;
  memory in, out;
  Parameter weights, bias;
};

Layer add_forward(Steps& steps, const memory& from, memory::dim width, algorithm activation) {
  const memory::dims in = from.get_desc().dims(), out{in[0], width};
  const memory bias = steps.zeros({width}, Tag::x);
  const Forward::primitive_desc forward(
      {prop_kind::forward_training, descriptor(in), descriptor({width, in[1]}), bias.get_desc(), descriptor(out)},
      then(activation), steps.engine());
  const memory weights = steps.reordered(steps.weights({width, in[1]}, Tag::oi), forward.weights_desc());
  Layer layer{forward,
              activation,
              steps.in_format(from, forward.src_desc()),
              steps.room(forward.dst_desc()),
              Parameter(weights),
              Parameter(bias)};
  steps.add(
      Forward(forward),
      {{DNNL_ARG_SRC, layer.in}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, layer.out}});
  return layer;
}

/// The gradient before the activation, from that behind it.
memory add_backward_of_activation(Steps& steps, const Layer& layer, const memory& gradient) {
  if (layer.activation == algorithm::undef) return gradient;
  const memory::desc desc = layer.out.get_desc();
  const dnnl::eltwise_forward::primitive_desc hint({prop_kind::forward_training, layer.activation, desc, 1, 0},
                                                   steps.engine());
  const BackwardActivation::primitive_desc backward({layer.activation, desc, desc, 1, 0}, steps.engine(), hint);
  const memory behind = steps.in_format(gradient, backward.diff_dst_desc());
  // In place.
  steps.add(BackwardActivation(backward),
            {{DNNL_ARG_DST, layer.out}, {DNNL_ARG_DIFF_DST, behind}, {DNNL_ARG_DIFF_SRC, behind}});
  return behind;
}

void add_backward_of_weights(Steps& steps, Layer& layer, const memory& gradient) {
  const BackwardWeights::primitive_desc backward(
      {descriptor(layer.in.get_desc().dims()), descriptor(layer.weights.values.get_desc().dims()),
       layer.bias.values.get_desc(), descriptor(layer.out.get_desc().dims())},
      steps.engine(), layer.forward);
  const memory in = steps.in_format(layer.in, backward.src_desc());
  const memory behind = steps.in_format(gradient, backward.diff_dst_desc());
  const memory weights = steps.room(backward.diff_weights_desc());
  layer.bias.gradient = steps.room(backward.diff_bias_desc());
  steps.add(BackwardWeights(backward), {{DNNL_ARG_SRC, in},
                                        {DNNL_ARG_DIFF_DST, behind},
                                        {DNNL_ARG_DIFF_WEIGHTS, weights},
                                        {DNNL_ARG_DIFF_BIAS, layer.bias.gradient}});
  layer.weights.gradient = steps.in_format(weights, layer.weights.values.get_desc());
}

/// The gradient of the layer's input.
memory add_backward_of_data(Steps& steps, const Layer& layer, const memory& gradient) {
  const BackwardData::primitive_desc backward(
      {descriptor(layer.in.get_desc().dims()), descriptor(layer.weights.values.get_desc().dims()),
       descriptor(layer.out.get_desc().dims())},
      steps.engine(), layer.forward);
  const memory behind = steps.in_format(gradient, backward.diff_dst_desc());
  const memory weights = steps.in_format(layer.weights.values, backward.weights_desc());
  const memory before = steps.room(backward.diff_src_desc());
  steps.add(BackwardData(backward),
            {{DNNL_ARG_DIFF_DST, behind}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DIFF_SRC, before}});
  return before;
}

/// The mean squared error's gradient with respect to the output.
void differentiate_loss(const memory& output, const memory& target, const memory& gradient) {
  const float* const y = Steps::data(output);
  const float* const t = Steps::data(target);
  float* const g = Steps::data(gradient);
  const auto count = static_cast<std::ptrdiff_t>(Steps::floats(output));
  const float scale = 2.0f / static_cast<float>(count);
#pragma omp parallel for simd
  for (std::ptrdiff_t i = 0; i < count; ++i) g[i] = scale * (y[i] - t[i]);
}

}  // namespace

double measure_dense_training(const Case& asked) {
  constexpr auto elu = algorithm::eltwise_elu_use_dst_for_bwd;
  constexpr auto sigmoid = algorithm::eltwise_logistic_use_dst_for_bwd;
  constexpr std::pair<int, algorithm> widths[] = {{512, elu}, {128, elu}, {10, algorithm::undef},
                                                  {128, elu}, {512, elu}, {784, sigmoid}};
  Steps forward, backward;
  const memory images = forward.samples({asked.batch, 784}, Tag::ab);
  std::vector<Layer> layers;
  for (const auto& [width, activation] : widths)
    layers.push_back(add_forward(forward, layers.empty() ? images : layers.back().out, width, activation));
  const memory output = layers.back().out;
  const memory target = forward.reordered(images, output.get_desc());
  const memory loss_gradient = forward.room(output.get_desc());
  memory gradient = loss_gradient;
  for (std::size_t i = layers.size(); i-- > 0;) {
    gradient = add_backward_of_activation(backward, layers[i], gradient);
    add_backward_of_weights(backward, layers[i], gradient);
    if (i > 0) gradient = add_backward_of_data(backward, layers[i], gradient);
  }
  int step = 0;
  return median_ms(asked.seconds, [&] {
    forward.run();
    differentiate_loss(output, target, loss_gradient);
    backward.run();
    ++step;
    for (Layer& layer : layers) {
      update(layer.weights, step);
      update(layer.bias, step);
    }
  });
}

}  // namespace peers
