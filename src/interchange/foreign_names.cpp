#include "foreign_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

#include "data/joined.hpp"

namespace isthmus::interchange {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

struct Word {
  std::string_view text;
  TensorRole role;
};
constexpr std::array torch_words{Word{"weight", TensorRole::weight}, Word{"bias", TensorRole::bias},
                                 Word{"running_mean", TensorRole::mean},
                                 Word{"running_var", TensorRole::variance}};
constexpr std::array keras_words{
    Word{"kernel", TensorRole::weight},    Word{"bias", TensorRole::bias},
    Word{"gamma", TensorRole::scale},      Word{"beta", TensorRole::shift},
    Word{"moving_mean", TensorRole::mean}, Word{"moving_variance", TensorRole::variance}};

/// Parts of names that say nothing of the model: what torch.compile, fully sharded data parallelism and activation
/// checkpoints wrap a module in, and how TensorFlow's checkpoints end every name.
constexpr std::array<std::string_view, 5> without_meaning{
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "ATTRIBUTES", "VARIABLE_VALUE"};

/// The words of a name in small letters: fc, log, var of `fcLogVar_2`.
std::vector<std::string> words_of(std::string_view name) {
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_large = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::vector<std::string> words;
  char before = 0;
  for (const char c : name) {
    if (is_small(c) || is_large(c)) {
      if (!(is_small(before) || is_large(before)) || (is_small(before) && is_large(c))) words.emplace_back();
      words.back() += static_cast<char>(is_large(c) ? c - 'A' + 'a' : c);
    }
    before = c;
  }
  // The code is z.
  for (std::string& word : words)
    if (word.starts_with('z') && word.size() > 2) word.erase(0, 1);
  return words;
}

template <std::size_t count>
bool has_word(const std::vector<std::string>& words, const std::array<std::string_view, count>& known) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(known.begin(), known.end(), word) != known.end();
  });
}

template <class Words>
TensorRole role_in(const Words& words, std::string_view part) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.text == part; });
  return found == words.end() ? TensorRole::unknown : found->role;
}

bool has(const ForeignLayer& layer, TensorRole role) {
  return std::any_of(layer.parts.begin(), layer.parts.end(), [&](const ForeignPart& p) { return p.role == role; });
}

/// Layers of Keras with variables of another meaning, in shapes that would do; called by their classes in a
/// container.
constexpr std::array<std::string_view, 3> of_other_meaning{"depthwise_conv", "embedding", "p_re_lu"};

/// Keras 3 numbers a layer's variables: kernel, bias; or gamma, beta, mean, variance.
void number_roles(ForeignLayer& layer, const ForeignWeights& weights) {
  const auto is_of = [&](std::string_view kind) { return layer.name.back().starts_with(kind); };
  if (layer.name.size() > 1 && layer.name[layer.name.size() - 2] == "layers" &&
      std::any_of(of_other_meaning.begin(), of_other_meaning.end(), is_of))
    return;
  constexpr std::array of_weights{TensorRole::weight, TensorRole::bias};
  constexpr std::array of_batch_norm{TensorRole::scale, TensorRole::shift, TensorRole::mean, TensorRole::variance};
  const auto rank = [&](const ForeignPart& part) {
    return weights.tensors[static_cast<std::size_t>(part.tensor)].shape.size();
  };
  const bool all_vectors = std::all_of(layer.parts.begin(), layer.parts.end(),
                                       [&](const ForeignPart& part) { return rank(part) == 1; });
  const auto give = [&](const auto& roles) {
    for (std::size_t i = 0; i < roles.size(); ++i)
      for (ForeignPart& part : layer.parts)
        if (part.part == std::to_string(i)) part.role = roles[i];
  };
  if (!all_vectors) give(of_weights);
  else if (layer.parts.size() == of_batch_norm.size()) give(of_batch_norm);
  else if (layer.parts.size() == 1) layer.parts[0].role = TensorRole::bias;
}

void find_roles(ForeignLayer& layer, const ForeignWeights& weights, Layout layout) {
  for (ForeignPart& part : layer.parts) {
    part.role = layout == Layout::torch ? role_in(torch_words, part.part) : role_in(keras_words, part.part);
    // A parameter that belongs to the model itself.
    if (part.part.empty() && weights.tensors[static_cast<std::size_t>(part.tensor)].shape.size() == 1)
      part.role = TensorRole::bias;
  }
  if (layout == Layout::keras && std::all_of(layer.parts.begin(), layer.parts.end(),
                                             [](const ForeignPart& part) { return is_number(part.part); }))
    number_roles(layer, weights);
  // PyTorch calls a batch norm's factors weight and bias.
  if (has(layer, TensorRole::mean) || has(layer, TensorRole::variance))
    for (ForeignPart& part : layer.parts) {
      if (part.role == TensorRole::weight) part.role = TensorRole::scale;
      if (part.role == TensorRole::bias) part.role = TensorRole::shift;
    }
}

LayerKind kind_of(const ForeignLayer& layer, const ForeignWeights& weights) {
  std::vector<TensorRole> roles;
  std::size_t rank = 0;
  for (const ForeignPart& part : layer.parts) {
    roles.push_back(part.role);
    if (part.role == TensorRole::weight)
      rank = weights.tensors[static_cast<std::size_t>(part.tensor)].shape.size();
  }
  const LayerKind kind = kind_of(roles, rank);
  // Conv2DTranspose is called conv2d_transpose unless told otherwise. PyTorch's have the shape of others.
  constexpr std::array<std::string_view, 6> of_transposed{"deconv",     "deconvolution", "transpose",
                                                          "transposed", "convtranspose", "upconv"};
  const bool transposed =
      std::any_of(layer.name.begin(), layer.name.end(),
                  [&](const std::string& part) { return has_word(words_of(part), of_transposed); }) ||
      has_word(words_of(layer.called), of_transposed);
  return kind == LayerKind::convolution && transposed ? LayerKind::transposed_convolution : kind;
}

/// 0 of an encoder, 2 of a decoder, 1 of all else: `deconv1` is none.
int half_of(std::string_view part) {
  constexpr std::array<std::string_view, 4> encoder{"enc", "encoder", "encoders", "encode"};
  constexpr std::array<std::string_view, 4> decoder{"dec", "decoder", "decoders", "decode"};
  std::vector<std::string> words = words_of(part);
  words.resize(std::min<std::size_t>(words.size(), 1));
  return has_word(words, encoder) ? 0 : has_word(words, decoder) ? 2 : 1;
}

/// Takes a number, or letters up to the next number, from the text's beginning.
std::string_view take_word(std::string_view& text) {
  const bool number = is_digit(text[0]);
  std::size_t length = 1;
  while (length < text.size() && is_digit(text[length]) == number) ++length;
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

/// 9 before 10, whatever zeros are in front.
bool is_smaller(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// Whether `rest` is the number of a further layer of the same name: `_1` behind `dense`.
bool is_count(std::string_view rest) {
  if (rest.starts_with('_') || rest.starts_with('-')) rest.remove_prefix(1);
  return is_number(rest);
}

NameOrder compare_parts(std::string_view a, std::string_view b) {
  if (half_of(a) != half_of(b)) return {half_of(a) < half_of(b), false};
  if (b.starts_with(a)) return {true, !is_count(b.substr(a.size()))};
  if (a.starts_with(b)) return {false, !is_count(a.substr(b.size()))};
  while (!a.empty() && !b.empty()) {
    const std::string_view x = take_word(a), y = take_word(b);
    if (x == y) continue;
    if (is_digit(x[0]) && is_digit(y[0]) && (is_smaller(x, y) || is_smaller(y, x)))
      return {is_smaller(x, y), false};
    return {x < y, true};
  }
  return {a.empty(), true};
}

constexpr std::array<std::string_view, 6> of_mean{"mu", "mus", "mean", "means", "loc", "location"};
constexpr std::array<std::string_view, 6> of_variance{"var",    "vars",    "variance",
                                                      "logvar", "logvars", "logvariance"};
constexpr std::array<std::string_view, 9> of_deviation{"sigma", "sigmas", "logsigma",  "std",      "stddev",
                                                       "stdev", "logstd", "logstddev", "deviation"};
constexpr std::array<std::string_view, 2> of_squares{"sq", "squared"};

Moment moment_called(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  const bool mean = has_word(words, of_mean),
             spread = has_word(words, of_variance) || has_word(words, of_deviation);
  if (mean == spread) return Moment::none;
  return mean ? Moment::mean : Moment::spread;
}

/// The part of a name that says which parameter of a distribution it is; empty if none does.
std::string_view telling_part(const std::vector<std::string>& layer, const std::string& called) {
  if (moment_called(called) != Moment::none) return called;
  const auto found = std::find_if(layer.rbegin(), layer.rend(),
                                  [](const std::string& part) { return moment_called(part) != Moment::none; });
  return found == layer.rend() ? std::string_view() : std::string_view(*found);
}

}  // namespace

Moment moment_of(const std::vector<std::string>& layer, const std::string& called) {
  return moment_called(telling_part(layer, called));
}

bool is_called_deviation(const std::vector<std::string>& layer, const std::string& called) {
  const std::string_view part = telling_part(layer, called);
  const std::vector<std::string> words = words_of(part);
  return has_word(words, of_deviation) && !has_word(words, of_squares) && !part.ends_with('2');
}

std::vector<std::string> parts_of(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && is_number(name.substr(colon + 1))) name = name.substr(0, colon);
  std::vector<std::string> parts;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of("./"), name.size());
    const std::string_view part = name.substr(0, end);
    if (!part.empty() && std::find(without_meaning.begin(), without_meaning.end(), part) == without_meaning.end())
      parts.emplace_back(part);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return parts;
}

ForeignName parse_name(std::string_view name, std::size_t skipped) {
  ForeignName parsed{parts_of(name), ""};
  parsed.layer.erase(parsed.layer.begin(),
                     parsed.layer.begin() + static_cast<std::ptrdiff_t>(std::min(skipped, parsed.layer.size())));
  if (parsed.layer.size() < 2) return parsed;
  parsed.part = std::move(parsed.layer.back());
  parsed.layer.pop_back();
  if (is_number(parsed.part) && parsed.layer.size() > 1 && parsed.layer.back() == "vars") parsed.layer.pop_back();
  return parsed;
}

std::string joined_name(const std::vector<std::string>& parts) {
  return data::joined(parts, ".", [](const std::string& part) { return part; });
}

bool is_passed_over(const std::vector<std::string>& parts) {
  const auto is_counter = [](const std::string& part) {
    return part == "num_batches_tracked" || part == "n_averaged";
  };
  const auto is_of_training = [](const std::string& part) {
    return part.starts_with("optimizer") || part.starts_with("lr_scheduler") ||
           part.starts_with("seed_generator") || part.starts_with("rng_state") || part == "metrics" ||
           part.ends_with("_metrics") || part.ends_with("_tracker");
  };
  return (!parts.empty() && is_counter(parts.back())) || std::any_of(parts.begin(), parts.end(), is_of_training);
}

LayerKind kind_of(const std::vector<TensorRole>& roles, std::size_t weight_rank) {
  const auto some = [&](TensorRole role) { return std::find(roles.begin(), roles.end(), role) != roles.end(); };
  if (roles.empty() || some(TensorRole::unknown)) return LayerKind::unknown;
  if (some(TensorRole::scale) || some(TensorRole::shift) || some(TensorRole::mean) || some(TensorRole::variance))
    return LayerKind::batch_norm;
  if (!some(TensorRole::weight)) return LayerKind::bias_alone;
  if (weight_rank == 2) return LayerKind::dense;
  return weight_rank >= 3 && weight_rank <= 5 ? LayerKind::convolution : LayerKind::unknown;
}

std::vector<ForeignLayer> find_layers(const ForeignWeights& weights, const std::vector<int>& tensors,
                                      Layout layout, std::size_t skipped) {
  std::vector<ForeignLayer> layers;
  std::map<std::vector<std::string>, std::size_t> known;
  for (const int tensor : tensors) {
    const ForeignTensor& its = weights.tensors[static_cast<std::size_t>(tensor)];
    ForeignName name = parse_name(its.name, skipped);
    const auto [place, is_new] = known.try_emplace(name.layer, layers.size());
    if (is_new) layers.push_back({std::move(name.layer), its.layer, {}, LayerKind::unknown});
    layers[place->second].parts.push_back({std::move(name.part), tensor, TensorRole::unknown});
  }
  for (ForeignLayer& layer : layers) {
    find_roles(layer, weights, layout);
    layer.kind = kind_of(layer, weights);
  }
  return layers;
}

bool is_of_other_layout(std::string_view part, Layout layout) {
  const TensorRole torch = role_in(torch_words, part), keras = role_in(keras_words, part);
  return layout == Layout::torch ? torch == TensorRole::unknown && keras != TensorRole::unknown
                                 : keras == TensorRole::unknown && torch != TensorRole::unknown;
}

NameOrder compare_names(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i] != b[i]) return compare_parts(a[i], b[i]);
  return {a.size() < b.size(), true};
}

}  // namespace isthmus::interchange
