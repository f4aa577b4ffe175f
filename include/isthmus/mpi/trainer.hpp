// Training one model on several processes.
#pragma once

#include <isthmus/mpi/communicator.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus::mpi {

namespace detail {

/// A base, so that it is there before the trainer and gone after it.
struct Owned {
  Communicator processes;
};

}  // namespace detail

/// Trains the model `M` on all ranks of a communicator, as isthmus::Trainer does on one: each rank gives `step`
/// its share of the batch, up to `maximum` samples, and all have the same parameters, bit for bit, after each. The
/// batch of a step is the ranks' shares one after the other: the step is the same, but for the rounding of sums,
/// as one of isthmus::Trainer with all of it, whatever the model's loss.
///
/// `step` is collective; `evaluate` is of this rank's samples alone, and calls no MPI. If `step` throws Error,
/// another rank has failed, and parameters are to be read from a checkpoint. A trainer that is destroyed by an
/// exception tells the others, who get that error at once instead of after Options::timeout. What changes the
/// trainer between steps (`write`, `set_learning_rate`) does so on every rank; another number of steps or another
/// rate on one is an error of the next step.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Trainer : private detail::Owned, public isthmus::detail::ModelTrainer<M, Role::train_distributed> {
  static_assert(isthmus::detail::sound<M, maximum, Role::train_distributed, Role::evaluate>());

 public:
  using Model = M;
  static constexpr int max_batch = maximum;
  static constexpr std::int64_t arena_size() { return isthmus::arena_bytes<M, Role::train_distributed, maximum>; }

  /// Collective. Draws the initial parameters from `seed`. Throws Error on every rank if graph, arithmetic, seed
  /// or `maximum` are not the same on all.
  Trainer(MPI_Comm communicator, std::uint64_t seed, const Options& options = {})
      : Owned{Communicator(communicator, options)},
        isthmus::detail::ModelTrainer<M, Role::train_distributed>(
            isthmus::detail::program_of<Linkage, M, Role::train_distributed>(),
            isthmus::detail::program_of<Linkage, M, Role::evaluate>(), maximum, seed, &this->processes, maximum) {}

  int rank() const { return this->processes.rank(); }
  int ranks() const { return this->processes.size(); }
};

}  // namespace isthmus::mpi
