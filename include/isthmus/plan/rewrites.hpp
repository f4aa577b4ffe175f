// Graph → Graph: rewrites that are exact but for rounding, each of which can be switched off. Those before the
// differentiation change what is differentiated; the backward pass then has the faster form as well.
#pragma once

#include <isthmus/declare/binarize.hpp>
#include <isthmus/plan/convolution.hpp>
#include <isthmus/plan/simplify.hpp>

#include <initializer_list>

namespace isthmus::plan {

/// The rewrites that a model is planned with. A model that has a `static constexpr isthmus::plan::Rewrites
/// rewrites` is planned with those, else with all.
struct Rewrites {
  bool absorb_upsampling = true;   ///< a convolution reads what was upsampled by two before it was
  bool pool_first = true;          ///< pooling before bias and activation
  bool fuse_pooling = true;        ///< a convolution pools its own results, and its gradient puts them back
  bool fold_normalization = true;  ///< a batch norm's factors go into the weights, where nothing is trained
  bool winograd = true;            ///< 3 × 3 and 1 × 3 convolutions by fewer products where that pays
  bool use_sparsity = true;        ///< products with what top_k keeps read nothing else: plan/sparse.hpp
};

namespace detail {

/// The number of nodes that read each node.
constexpr Array<int> count_readers(GraphView graph) {
  Array<int> readers(graph.size);
  for (const Node& node : graph)
    for (int k = 0; k < 3; ++k)
      if (node.inputs[k] >= 0) ++readers[node.inputs[k]];
  return readers;
}

/// Whether one of these is in a graph. A pass whose operations are not in the graph need not copy it.
constexpr bool has_any(GraphView graph, std::initializer_list<Op> wanted) {
  const Node* const nodes = graph.nodes;
  for (const Op op : wanted)
    for (int i = 0; i < graph.size; ++i)
      if (nodes[i].op == op) return true;
  return false;
}

constexpr bool has_inputs_of_a_loss(GraphView graph) {
  for (const Node& node : graph)
    if (is_input_of_a_loss(node)) return true;
  return false;
}

/// A copy of a graph in the making: `to[old]` is the new node.
struct Copy {
  explicit constexpr Copy(GraphView from) : to(from.size, -1) {
    graph.nodes.reserve(static_cast<std::size_t>(from.size));
  }
  constexpr Node moved(Node node) const {
    for (int k = 0; k < 3; ++k)
      if (node.inputs[k] >= 0) node.inputs[k] = to[node.inputs[k]];
    return node;
  }
  constexpr int append(const Node& node) {
    graph.nodes.push_back(node);
    return static_cast<int>(graph.nodes.size()) - 1;
  }

  Graph graph;
  Array<int> to;
};

/// Whether a shape has one value for each channel, the same for all pixels and samples.
constexpr bool is_row(const Shape& shape) { return shape.rank == 1 && !shape.has_batch(); }

/// The largest of the results is the result of the largest.
constexpr bool is_increasing(const Node& node) {
  if (node.op != Op::elementwise) return false;
  const Increasing increasing = node.function->row.increasing;
  return increasing == Increasing::yes || (increasing == Increasing::unless_value_is_negative && node.value >= 0);
}

}  // namespace detail

/// Whether anything differs in this way between training and use.
constexpr bool has_mode(GraphView graph, Mode mode) {
  for (const Node& node : graph)
    if (node.op == Op::by_mode && node.attribute.as<Mode>() == mode) return true;
  return false;
}

/// Resolves what differs between training and use: corruption is there, codes are drawn, and targets and weights
/// are inputs, whenever there is a loss; dropout and statistics of the batch are in training only, and only
/// training assigns. Parameters of `frozen` layers are not trained, and their statistics neither used nor
/// assigned. Outside of training binarized data belong to the sample: they are the same in every draw.
constexpr Graph resolve_modes(GraphView graph, bool with_loss, bool trains, const LayerNames& frozen = {}) {
  if (!detail::has_any(graph, {Op::by_mode}) && (trains || !detail::has_any(graph, {Op::assign})) &&
      (with_loss || !detail::has_inputs_of_a_loss(graph)) && frozen.count == 0)
    return remove_dead(graph);
  detail::Copy copy(graph);
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    const bool is_frozen = frozen.count > 0 && frozen.contains(node.label.layer);
    if (node.op == Op::assign && (!trains || is_frozen)) continue;
    if (is_input_of_a_loss(node) && !with_loss) continue;
    if (node.op == Op::by_mode) {
      const Mode mode = node.attribute.as<Mode>();
      const bool active = mode == Mode::statistics ? trains && !is_frozen
                          : mode == Mode::training ? trains
                                                   : with_loss;
      copy.to[i] = copy.to[node.inputs[active ? 0 : 1]];
      continue;
    }
    copy.to[i] = copy.append(copy.moved(node));
    if (is_frozen && node.op == Op::parameter) copy.graph.nodes.back().trained = false;
    if (!with_loss) copy.graph.nodes.back().retained = false;
    if (!trains && is_binarization(node)) copy.graph.nodes.back().fixed = true;
  }
  return remove_dead(static_cast<Graph&&>(copy.graph));
}

/// conv2d(upsample(x)) → a conv2d that reads x, for a 3 × 3 window over an image, 3 × 3 × 3 over a volume, or one
/// of 3, 5 or 7 over a series, with `same` padding and a nearest upsampling by two. Half as many products each
/// way, and nothing upsampled in memory.
constexpr Graph absorb_upsampling(Graph from) {
  if (!detail::has_any(from, {Op::resample})) return remove_dead(static_cast<Graph&&>(from));
  const GraphView graph = from;
  detail::Copy copy(graph);
  for (int i = 0; i < graph.size; ++i) {
    Node node = copy.moved(graph[i]);
    if (node.op == Op::conv2d && node.window.upsample() == 1) {
      const Node& image = copy.graph.nodes.data()[node.inputs[0]];
      const bool doubles = image.op == Op::resample && !image.transpose_a && image.window.upsample() == 2 &&
                           image.attribute == Resampling::nearest &&
                           ops::places_of(image.shape) == ops::places_of(node.shape);
      if (doubles &&
          ops::may_see_doubled(node.window, copy.graph.nodes.data()[image.inputs[0]].shape, node.shape)) {
        node.inputs[0] = image.inputs[0];
        node.window = node.window.upsampled(2);
      }
    }
    copy.to[i] = copy.append(node);
  }
  return remove_dead(static_cast<Graph&&>(copy.graph));
}

/// max_pool(f(conv2d(…) + bias)) → f(max_pool(conv2d(…)) + bias) for increasing f: the same bits, on a quarter of
/// the values.
constexpr Graph pool_first(Graph from) {
  if (!detail::has_any(from, {Op::max_pool})) return remove_dead(static_cast<Graph&&>(from));
  const GraphView graph = from;
  const Array<int> readers = detail::count_readers(graph);
  detail::Copy copy(graph);
  for (int i = 0; i < graph.size; ++i) {
    Node node = graph[i];
    if (node.op == Op::max_pool) {
      // Goes from the pool up to the convolution; nodes on the way have no other reader.
      int chain[8] = {};
      int length = 0, at = node.inputs[0];
      while (length < 8 && readers[at] == 1) {
        const Node& link = graph[at];
        // A bias, or what is left of a folded batch norm.
        const bool adds = link.function == &ops::add || link.function == &ops::subtract;
        const bool adds_row = adds && detail::is_row(graph[link.inputs[1]].shape);
        if (!detail::is_increasing(link) && !adds_row) break;
        chain[length++] = at;
        at = link.inputs[0];
      }
      if (length > 0 && graph[at].op == Op::conv2d && readers[at] == 1) {
        Node pool = node;
        pool.inputs[0] = copy.to[at];
        int last = copy.append(pool);
        while (length > 0) {
          Node link = copy.moved(graph[chain[--length]]);
          link.inputs[0] = last;
          link.shape = node.shape;
          last = copy.append(link);
        }
        copy.to[i] = last;
        continue;
      }
    }
    copy.to[i] = copy.append(copy.moved(node));
  }
  return remove_dead(static_cast<Graph&&>(copy.graph));
}

/// max_pool(conv2d(…)) → a conv2d that gives the largest of each 2 × 2 results, if nothing else reads them; and
/// conv2d_weights(x, max_unpool(g, pool)) → a conv2d_weights that reads g and where the pool found its values. In
/// the first layer, whose image needs no gradient, that is the largest image of all and is never in memory then.
constexpr Graph fuse_pooling(Graph from) {
  if (!detail::has_any(from, {Op::max_pool, Op::max_unpool})) return remove_dead(static_cast<Graph&&>(from));
  const GraphView graph = from;
  const Array<int> readers = detail::count_readers(graph);
  detail::Copy copy(graph);
  for (int i = 0; i < graph.size; ++i) {
    Node node = graph[i];
    if (node.op == Op::max_pool && node.shape.is_image() && node.window == Window{2, 2, 2, 2, 0, 0, 1}) {
      const Node& image = graph[node.inputs[0]];
      // A single result channel is written as a row, not in blocks; and the patches of four results have to fit
      // into the kernels' working memory.
      const Shape& seen = graph[image.inputs[0] < 0 ? 0 : image.inputs[0]].shape;
      const bool fits = image.op == Op::conv2d && 4 * image.window.taps() * (seen.channels() + 15) <= 100'000;
      if (fits && readers[node.inputs[0]] == 1 && image.shape.height() % 2 == 0 && image.shape.width() % 2 == 0 &&
          image.shape.channels() > 1 && image.window.upsample() == 1 && image.window.groups() == 1) {
        const Shape shape = node.shape;
        node = image;
        node.shape = shape;
        node.pooled = true;
      }
    }
    if (node.op == Op::conv2d_weights && readers[node.inputs[1]] == 1) {
      const Node& back = graph[node.inputs[1]];
      const bool in_pairs = back.op == Op::max_unpool && back.shape.is_image() &&
                            back.window == Window{2, 2, 2, 2, 0, 0, 1} && back.shape.height() % 2 == 0 &&
                            back.shape.width() % 2 == 0;
      if (in_pairs && back.shape.channels() > 1 && node.window.upsample() == 1 && node.window.groups() == 1) {
        node.inputs[1] = back.inputs[0];
        node.inputs[2] = back.inputs[1];
        node.pooled = true;
      }
    }
    copy.to[i] = copy.append(copy.moved(node));
  }
  return remove_dead(static_cast<Graph&&>(copy.graph));
}

/// (conv2d(x, W) ± a ± …) · s → conv2d(x, W · s) ± a · s ± …, and the same for products of matrices, where W, a
/// and s are made of parameters alone: in programs that do not train, a batch norm costs nothing.
constexpr Graph fold_normalization(GraphView graph) {
  const Array<int> readers = detail::count_readers(graph);
  // Made of parameters and constants alone.
  Array<bool> fixed_values(graph.size);
  bool* const is_fixed = fixed_values.data();
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    bool all = node.op == Op::parameter || node.op == Op::constant;
    if (node.op == Op::elementwise) {
      all = true;
      for (int k = 0; k < 3; ++k)
        if (node.inputs[k] >= 0) all = all && is_fixed[node.inputs[k]];
    }
    is_fixed[i] = all;
  }
  detail::Copy copy(graph);
  const auto multiplied = [&](int value, int factor, const Shape& shape) {
    Node node;
    node.op = Op::elementwise;
    node.function = &ops::multiply;
    node.inputs[0] = value;
    node.inputs[1] = factor;
    node.shape = shape;
    node.label = copy.graph.nodes.data()[value].label;
    return copy.append(node);
  };
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    int length = 0, chain[8] = {}, at = node.function == &ops::multiply ? node.inputs[0] : -1;
    const bool by_row = at >= 0 && is_fixed[node.inputs[1]] && graph[node.inputs[1]].shape.rank == 1;
    while (by_row && length < 8 && readers[at] == 1 &&
           (graph[at].function == &ops::add || graph[at].function == &ops::subtract) &&
           is_fixed[graph[at].inputs[1]]) {
      chain[length++] = at;
      at = graph[at].inputs[0];
    }
    const bool folds = by_row && readers[at] == 1 && (graph[at].op == Op::conv2d || graph[at].op == Op::matmul) &&
                       is_fixed[graph[at].inputs[1]] && !graph[at].transpose_b &&
                       graph[graph[at].inputs[1]].shape.columns() == graph[node.inputs[1]].shape.dim[0];
    if (!folds) {
      copy.to[i] = copy.append(copy.moved(node));
      continue;
    }
    const int factor = copy.to[node.inputs[1]];
    Node product = copy.moved(graph[at]);
    product.inputs[1] = multiplied(product.inputs[1], factor, graph[graph[at].inputs[1]].shape);
    int last = copy.append(product);
    while (length > 0) {
      Node link = copy.moved(graph[chain[--length]]);
      link.inputs[0] = last;
      const Shape row = graph[node.inputs[1]].shape;
      link.inputs[1] = multiplied(link.inputs[1], factor, row);
      last = copy.append(link);
    }
    copy.to[i] = last;
  }
  return remove_dead(static_cast<Graph&&>(copy.graph));
}

/// Gives every convolution its algorithm, and the weights the form that it reads.
constexpr Graph choose_convolutions(Graph from, const Rewrites& rewrites) {
  if (!detail::has_any(from, {Op::conv2d, Op::conv2d_transpose, Op::conv2d_weights})) return from;
  const GraphView graph = from;
  detail::Copy copy(graph);
  const auto packed = [&](int weights, const Node& node, bool transposed) {
    const Shape shape = graph[weights].shape;
    // Whole panels of channels lie in the order of the products already, and so do few channels and single ones.
    if (node.algorithm == Algorithm::depthwise) return copy.to[weights];
    const GroupedChannels channels{channels_of_weights(shape, node.window), results_of_weights(shape),
                                   node.window.groups()};
    if (node.algorithm == Algorithm::direct && !transposed && channels.groups == 1 &&
        packed_channels(channels, node.algorithm, node.window) == channels.from)
      return copy.to[weights];
    const int made = copy.to[weights];
    for (int j = 0; j < static_cast<int>(copy.graph.nodes.size()); ++j) {
      const Node& known = copy.graph.nodes.data()[j];
      if (known.op == Op::conv2d_pack && known.inputs[0] == made && known.algorithm == node.algorithm &&
          known.transpose_b == transposed && known.window == node.window)
        return j;
    }
    Node pack;
    pack.op = Op::conv2d_pack;
    pack.inputs[0] = made;
    pack.window = node.window;
    pack.algorithm = node.algorithm;
    pack.transpose_b = transposed;
    pack.shape = packed_shape(shape, node.algorithm, node.window, transposed);
    pack.label = graph[weights].label;
    return copy.append(pack);
  };
  for (int i = 0; i < graph.size; ++i) {
    Node node = copy.moved(graph[i]);
    if (is_convolution(node.op)) {
      const Shape& a = graph[graph[i].inputs[0]].shape;
      const Shape& b = graph[graph[i].inputs[1]].shape;
      const Shape image = node.op == Op::conv2d_transpose ? node.shape : a;
      Shape result = node.op == Op::conv2d ? node.shape : node.op == Op::conv2d_transpose ? a : b;
      if (node.pooled) result.dim[1] *= 2, result.dim[2] *= 2;  // of an image: fuse_pooling
      node.algorithm = choose_algorithm(node.op, node.window, image, result, rewrites.winograd);
      if (node.op == Op::conv2d_weights) {
        const Shape weights = node.shape;
        node.shape = gradient_shape(weights, node.algorithm, node.window);
        const int parts = gradient_parts(node.shape.elements_per_sample());
        node.attribute = GradientParts{parts};
        node.shape.dim[0] *= parts;
        Node restore;
        restore.attribute = node.attribute;
        restore.op = Op::conv2d_restore;
        restore.inputs[0] = copy.append(node);
        restore.window = node.window;
        restore.algorithm = node.algorithm;
        restore.shape = weights;
        restore.label = node.label;
        copy.to[i] = copy.append(restore);
        continue;
      }
      node.inputs[1] = packed(graph[i].inputs[1], node, node.op == Op::conv2d_transpose);
    }
    copy.to[i] = copy.append(node);
  }
  return static_cast<Graph&&>(copy.graph);
}

}  // namespace isthmus::plan
