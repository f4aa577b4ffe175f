#include "learner.hpp"

#include <isthmus/random.hpp>

#include <algorithm>

#include "tiles.hpp"

namespace insitu {

Learner::Learner(MPI_Comm communicator, std::uint64_t seed, int steps)
    : trainer_(communicator, seed), seed_(seed), first_rate_(trainer_.learning_rate()), all_steps_(steps) {
  trainer_.set_threads(isthmus::Threads::none());
}

void Learner::add(std::span<const float> tiles) { tiles_.insert(tiles_.end(), tiles.begin(), tiles.end()); }

double Learner::learn(int steps) {
  const std::size_t known = tiles_.size() / tile_points;
  const std::size_t share =
      std::min(known, static_cast<std::size_t>(std::max(1, largest_share / trainer_.ranks())));
  double sum = 0;
  for (int i = 0; i < steps; ++i) {
    const auto step = static_cast<std::uint32_t>(trainer_.steps());
    batch_.clear();
    for (std::size_t sample = 0; sample < share; ++sample) {
      const std::uint64_t index = static_cast<std::uint64_t>(trainer_.rank()) * largest_share + sample;
      const std::size_t tile = isthmus::random_word(seed_, isthmus::Purpose::shuffle, step, index) % known;
      const auto first = tiles_.begin() + static_cast<std::ptrdiff_t>(tile * tile_points);
      batch_.insert(batch_.end(), first, first + tile_points);
    }
    trainer_.set_learning_rate(first_rate_ * (1 - 0.9 * step / all_steps_));
    sum += trainer_.step(batch_);
  }
  return steps > 0 ? sum / steps : 0;
}

}  // namespace insitu
