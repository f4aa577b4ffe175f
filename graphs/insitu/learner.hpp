// Learning while the simulation runs: every rank has its own tiles, and all have the same model.
#pragma once

#include <isthmus/mpi/trainer.hpp>
#include <isthmus_models/field.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace insitu {

class Learner {
 public:
  /// Collective. `steps` is how many there will be: the learning rate falls to a tenth on the way.
  Learner(MPI_Comm communicator, std::uint64_t seed, int steps);

  /// Takes tiles of 32 × 32, normalised, into the collection that steps draw from.
  void add(std::span<const float> tiles);
  /// Collective: `steps` steps on tiles drawn from each rank's collection. Returns the mean of their losses.
  double learn(int steps);

  std::vector<isthmus::NamedTensor> parameters() const { return trainer_.read(false); }

 private:
  static constexpr int largest_share = 64;
  isthmus::mpi::Trainer<graphs::Field, largest_share> trainer_;
  std::uint64_t seed_;
  double first_rate_;
  int all_steps_;
  std::vector<float> tiles_, batch_;
};

}  // namespace insitu
