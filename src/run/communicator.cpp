#include <isthmus/error.hpp>
#include <isthmus/hash.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/named_tensor.hpp>
#include <isthmus/run/communicator.hpp>
#include <isthmus/run/session.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

namespace isthmus::run {
namespace {

class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) hash_.add_byte(c);
  }
  void add(std::int64_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    add(std::string_view(bytes, sizeof number));
  }
  std::uint64_t value() const { return hash_.value; }

 private:
  Fnv1a64 hash_;
};

std::uint64_t hash_of(GraphView graph) {
  Hash hash;
  for (const Node& node : graph) {
    hash.add(static_cast<std::int64_t>(node.op));
    for (const bool flag : {node.transpose_a, node.transpose_b, node.trained, node.pooled, node.fixed})
      hash.add(std::int64_t{flag});
    hash.add(static_cast<std::int64_t>(node.algorithm));
    for (const int in : node.inputs) hash.add(std::int64_t{in});
    hash.add(std::int64_t{node.shape.rank});
    for (const int extent : node.shape.dim) hash.add(std::int64_t{extent});
    hash.add(std::int64_t{std::bit_cast<std::int32_t>(node.value)});
    hash.add(std::int64_t{node.attribute.number()});
    const Window& window = node.window;
    for (const Window::Dimension& w : {window.z(), window.y(), window.x()})
      for (const int number : {w.size, w.stride, w.pad, w.dilation}) hash.add(std::int64_t{number});
    for (const int number : {window.upsample(), window.groups()}) hash.add(std::int64_t{number});
    for (int d = 0; d < Shape::most_of_sample; ++d) hash.add(std::int64_t{node.offset[d]});
    hash.add(full_name(node.label));
    hash.add(std::int64_t{0});
  }
  return hash.value();
}

std::string different(const char* what, std::size_t ranks, std::size_t rank) {
  return std::string("distributed training: expected the same ") + what + " on all " + std::to_string(ranks) +
         " ranks, found another one on rank " + std::to_string(rank) + " than on rank 0";
}

/// The lower 32 bits of x: a double holds only 53 bits.
double low_half(std::uint64_t x) { return static_cast<double>(x & 0xFFFFFFFFu); }
double high_half(std::uint64_t x) { return static_cast<double>(x >> 32); }

}  // namespace

RunIdentity identity_of(const lower::Program& program, int max_batch, std::uint64_t seed) {
  Hash arithmetic;
  arithmetic.add(std::string_view(program.kernels->arithmetic));
  if (program.products != nullptr) arithmetic.add(std::string_view(program.products->unit));
  return {hash_of(program.plan.graph), arithmetic.value(), seed, static_cast<std::uint64_t>(max_batch)};
}

void require_alike(Communicator& communicator, std::span<const Alike> mine) {
  const auto size = static_cast<std::size_t>(communicator.size());
  std::vector<double> own, all(mine.size() * size);
  for (const Alike& thing : mine) own.push_back(thing.value);
  communicator.all_gather(own, all);
  for (std::size_t i = 0; i < mine.size(); ++i)
    for (std::size_t r = 1; r < size; ++r)
      if (all[r * mine.size() + i] != all[i]) throw Error(different(mine[i].name, size, r));
}

void require_same_run(Communicator& communicator, const RunIdentity& mine) {
  std::vector<Alike> things;
  const auto add = [&](const char* name, std::uint64_t value) {
    things.push_back({name, low_half(value)});
    things.push_back({name, high_half(value)});
  };
  add("graph", mine.graph);
  add("arithmetic (fused multiply-add)", mine.arithmetic);
  add("seed", mine.seed);
  add("largest batch", mine.max_batch);
  require_alike(communicator, things);
}

Share agree_on_share(Communicator& communicator, const Offer& mine, int values_per_sample, std::span<double> all) {
  const auto size = static_cast<std::size_t>(communicator.size());
  const std::array<double, offer_numbers> own{static_cast<double>(mine.samples), mine.sum, mine.step,
                                              mine.learning_rate};
  communicator.all_gather(own, all);
  Share share;
  double total = 0;
  for (std::size_t r = 0; r < size; ++r) {
    const std::span<const double> offer = all.subspan(r * own.size(), own.size());
    if (offer[0] < 0) throw ShapeError("batch: rank " + std::to_string(r) + " was given a wrong number of values");
    for (const std::size_t i : {2u, 3u})
      if (offer[i] != all[i]) throw Error(different(i == 2 ? "step" : "learning rate", size, r));
    if (r < static_cast<std::size_t>(communicator.rank())) share.first += static_cast<int>(offer[0]);
    share.all += static_cast<int>(offer[0]);
    total += offer[1];
  }
  if (share.all == 0)
    throw ShapeError("batch: expected at least 1 sample on some rank, found none on all of them");
  share.mean = total / (static_cast<double>(share.all) * values_per_sample);
  return share;
}

}  // namespace isthmus::run
