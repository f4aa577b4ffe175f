// Training and using models: what users hold in their hands.
#pragma once

#include <isthmus/plan/workspace.hpp>
#include <isthmus/run/library.hpp>
#include <isthmus/run/linkage.hpp>
#include <isthmus/run/session.hpp>
#include <isthmus/run/weights.hpp>

#include <span>
#include <utility>

namespace isthmus {

/// The base of Trainer, for code that gets its model at run time: a training step and a loss, over one set
/// of parameters. For one thread at a time: `step`, `evaluate`, `read` and `write` throw Error where another
/// thread is inside of one of them, and `try_step` and `try_evaluate` give Fault::in_use.
class TrainerCore {
 public:
  /// Draws the initial parameters from `seed`. All values live in `workspace` if the caller gives one, of
  /// workspace_bytes(train, evaluate, max_batch); it must outlive the trainer. Throws ShapeError if `max_batch` is
  /// not positive or the workspace too small.
  TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch, std::uint64_t seed,
              std::span<std::byte> workspace = {});
  /// One of several ranks: `train` is a distributed step, `max_batch` the largest share of this rank,
  /// `evaluate_batch` the largest batch of `evaluate`, which is of this rank alone. The communicator outlives the
  /// trainer. Throws Error on every rank if graph, arithmetic, seed or largest share are not the same on all.
  TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch, std::uint64_t seed,
              run::Communicator* communicator, int evaluate_batch);

  static std::int64_t workspace_bytes(const lower::Program& train, const lower::Program& evaluate, int max_batch);

  /// One step on `samples` (row-major, a whole number of samples, at most max_batch). Returns the loss before the
  /// update. Throws ShapeError for a wrong size, and Error for NaN or infinity among the samples, which would ruin
  /// every parameter; these are then as before. Else allocates nothing. `idle` is called by workers that wait for
  /// others; a batch source prefetches there. `sample_numbers` are those of their data set, if noise is to be the
  /// same in every epoch; else 0, 1, …. Of several ranks each gives its share of the batch, of any size (also
  /// none), and gets the loss of the whole batch; numbers of samples that are not given go on from rank to rank.
  /// A wrong size on one rank is an error on all. Throws Error if another rank is at another step, has another
  /// rate, or does not answer; parameters are then unknown.
  double step(std::span<const float> samples, run::IdleWork idle = {},
              std::span<const std::uint32_t> sample_numbers = {});
  /// A step that never throws: in case of a mistake the result names it and nothing is done; if another rank
  /// fails, the parameters are unknown. `sample_numbers` is null or has one for each sample.
  StepResult try_step(Samples samples, run::IdleWork idle = {},
                      const std::uint32_t* sample_numbers = nullptr) noexcept;

  /// The loss, without an update. Noise is that of each sample's number, the same in every call; weights of terms
  /// that change with the step have their last value.
  double evaluate(std::span<const float> samples, std::span<const std::uint32_t> sample_numbers = {});
  StepResult try_evaluate(Samples samples, const std::uint32_t* sample_numbers = nullptr) noexcept;

  /// Names of the loss's terms, if it is a sum of several; else none.
  const std::vector<std::string>& terms() const { return terms_; }
  /// The terms, without their weights, of the last `step` or `evaluate`, in the order of `terms`.
  std::span<const double> last_terms() const { return last_terms_; }

  /// Names of the parameters that training leaves as they started, since the loss does not reach them: those of
  /// the decoder, if the loss looks at the code alone. They are saved with the others.
  std::vector<std::string> untrained() const { return train_.untrained(); }

  /// Starts the parameters that are declared to start from data (`bias_from_data`), given the mean of the training
  /// data. Without this call the first step does it, from its batch.
  void initialize_from_data(double mean);

  int max_batch() const { return train_.max_batch(); }
  int input_size() const { return train_.input_size(); }
  std::int64_t arena_bytes() const { return train_.arena_bytes(); }
  /// Steps taken so far.
  std::int64_t steps() const { return steps_; }
  /// The largest of its schedule, if it has one.
  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  /// Sets the threads that compute from now on. The results are the same bits.
  void set_threads(const Threads& threads) { threads_ = threads; }
  /// Training steps run as this schedule of the training session's task graph says; the results are the same bits.
  void follow(const schedule::Schedule& schedule) { train_.follow(schedule); }
  /// The next step's tasks leave their times in `trace`, which must have a record for each of them.
  void trace_next_step(run::TaskTrace& trace) { trace_ = &trace; }

  std::uint64_t seed() const { return seed_; }
  /// The precision of the products of its steps.
  Precision precision() const { return train_.program().plan.precision; }

  /// The parameters, with the optimizer's states if asked for.
  std::vector<NamedTensor> read(bool with_states) const;
  /// Replaces them; `steps` is what steps() was when they were read. Without states the optimizer starts anew, as
  /// that of a new trainer does: whatever happened before leaves no trace but the learning rate, if the caller has
  /// set one. Throws ShapeError, naming `source`.
  void write(const std::vector<NamedTensor>& tensors, bool with_states, std::int64_t steps,
             const std::string& source);

  /// All that the next steps depend on, beside their samples.
  struct State {
    std::vector<NamedTensor> tensors;  ///< parameters and the optimizer's states
    std::int64_t steps = 0;
    std::uint64_t seed = 0;  ///< of what is drawn in each step
    double learning_rate = 0;
  };
  State state() const;
  /// Goes on from there, bit for bit as the trainer would have whose state it was. Throws ShapeError, naming
  /// `source`.
  void restore(const State& state, const std::string& source);

  const run::Session& training_session() const { return train_; }

 private:
  TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch, std::uint64_t seed,
              std::span<std::byte> workspace, run::Communicator* communicator, int evaluate_batch);
  double loss_of(const run::Session& session) noexcept;
  void start_from_data(double mean) noexcept;
  int samples_in(std::span<const float> values, const run::Session& session, bool allow_none = false) const;
  run::Share share_of(Samples samples);
  void tell_ranks_of_mistake() noexcept;
  double take_step(Samples samples, const run::Share& share, run::IdleWork idle,
                   const std::uint32_t* sample_numbers) noexcept;
  const std::uint32_t* checked(std::span<const std::uint32_t> sample_numbers, int samples) const;
  run::RunArguments arguments_for(Samples samples, const std::uint32_t* sample_numbers) const noexcept;

  run::Communicator* communicator_;  ///< null if there is one rank
  run::Session train_;
  run::Session evaluate_;
  std::vector<double> shares_;
  std::vector<std::string> terms_;
  std::vector<double> last_terms_;
  std::uint64_t seed_;
  bool evaluate_is_stale_ = true;
  bool starts_from_data_ = true;  ///< if the model has such parameters, and they have not been started yet
  std::int64_t steps_ = 0;
  double learning_rate_;
  Threads threads_;
  run::TaskTrace* trace_ = nullptr;
};

/// A program that only computes, for code that gets its model at run time. For one thread at a time: `run`,
/// `write` and `set_weights` throw Error where another thread is inside of one of them, and `try_run` gives
/// Fault::in_use. Threads that compute at the same time have one each, with shared weights.
class InferenceCore {
 public:
  /// Values live in `workspace` if the caller gives one, of workspace_bytes(program, max_batch); it must outlive
  /// this. Throws ShapeError if `max_batch` is not positive or the workspace too small.
  InferenceCore(const lower::Program& program, int max_batch, std::span<std::byte> workspace = {})
      : session_(program, max_batch, workspace) {}
  /// A second one that reads the parameters of `owner` where they are, rounded as they are there, and has all else
  /// of its own. They live as long as one of both; those in a caller's workspace as long as that. As long as both
  /// live, `write` throws Error on either. Throws Error if another thread is using `owner`, and as the other
  /// constructor.
  InferenceCore(SharedWeights, const InferenceCore& owner, int max_batch, std::span<std::byte> workspace = {})
      : session_(shared_weights, owner.session_, max_batch, workspace) {}

  static std::int64_t workspace_bytes(const lower::Program& program, int max_batch) {
    return plan::workspace_bytes(program.plan, max_batch);
  }
  /// The workspace of a model that shares its weights with another: without those.
  std::int64_t sharing_workspace_bytes(int max_batch) const {
    return workspace_bytes(session_.program(), max_batch) - session_.memory().kept_bytes;
  }

  int max_batch() const { return session_.max_batch(); }
  int input_size() const { return session_.input_size(); }
  int output_size() const { return session_.output_size(); }
  std::int64_t arena_bytes() const { return session_.arena_bytes(); }

  /// Computes every sample of `input` into `output`, at most max_batch of them. Throws ShapeError if the sizes
  /// do not fit; else allocates nothing.
  void run(std::span<const float> input, std::span<float> output);
  /// A run that never throws: in case of a mistake the result names it and nothing is done.
  Fault try_run(Samples input, MutableSamples output) noexcept;

  /// Sets the threads that compute from now on. The results are the same bits.
  void set_threads(const Threads& threads) { threads_ = threads; }

  /// Sets the kind of weights to compute with from now on: rounded ones are faster at few samples. Allocates. The
  /// results are the same bits for any number of samples and threads, but differ from those with fp32.
  void set_weights(const Weights& weights);

  /// An output of an encoder beside the code, from the last run: `log_var` of a variational one. Row-major, valid
  /// until the next run. Throws Error for a name that there is not.
  std::span<const float> side_output(std::string_view name) const { return session_.side_output(name); }

  std::vector<NamedTensor> read() const { return session_.read(false); }
  /// Replaces the parameters. Throws ShapeError, naming `source`; Error if they are shared.
  void write(const std::vector<NamedTensor>& tensors, const std::string& source);
  const run::Session& session() const { return session_; }

 private:
  run::Session session_;
  Threads threads_;
};

namespace detail {

template <int max_batch>
inline constexpr Diagnostic batch_diagnostic =
    max_batch > 0 ? Diagnostic{}
                  : Diagnostic{Mistake::batch_not_positive, "batch", shape_of(max_batch), shape_of(1)};

template <class M, int max_batch, Role role>
inline constexpr Diagnostic budget_diagnostic = [] {
  constexpr auto budget = plan::budget_of<M, role>();
  if (!budget || max_batch <= budget->samples) return Diagnostic{};
  return Diagnostic{Mistake::batch_above_budget, "memory_budget", shape_of(max_batch), shape_of(budget->samples)};
}();

/// The program of a model in a translation unit whose headers are those of the library.
template <class Linkage, class M, Role role>
lower::Program program_of() {
  require_library();
  return Linkage::template program<M, role>();
}

/// Compiles only for a sound model and a positive batch, within its memory budget; else the first error says what
/// is wrong.
template <class M, int max_batch, Role... role>
constexpr bool sound() {
  return require_none<batch_diagnostic<max_batch>>() && (require_none<plan::diagnostic_of<M, role>>() && ...) &&
         (require_none<budget_diagnostic<M, max_batch, role>>() && ...);
}

}  // namespace detail

/// Trains the model `M` on batches of up to `maximum` samples.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Trainer : public TrainerCore {
  static_assert(detail::sound<M, maximum, Role::train, Role::evaluate>());

 public:
  using Model = M;
  static constexpr int max_batch = maximum;
  /// The memory that the training step needs, a constant: parameters, the optimizer's states, and all intermediate
  /// values.
  static constexpr std::int64_t arena_size() { return isthmus::arena_bytes<M, Role::train, maximum>; }
  /// The memory that a caller who owns it has to give: for the training step and for evaluation.
  static constexpr std::int64_t workspace_size() {
    return isthmus::workspace_bytes<M, Role::train, maximum> +
           isthmus::workspace_bytes<M, Role::evaluate, maximum>;
  }

  explicit Trainer(std::uint64_t seed, std::span<std::byte> workspace = {})
      : TrainerCore(detail::program_of<Linkage, M, Role::train>(),
                    detail::program_of<Linkage, M, Role::evaluate>(), maximum, seed, workspace) {}
};

/// The whole model: `reconstruct(x)`.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Autoencoder : public InferenceCore {
  static_assert(detail::sound<M, maximum, Role::reconstruct>());

 public:
  using Model = M;
  static constexpr std::int64_t workspace_size() {
    return isthmus::workspace_bytes<M, Role::reconstruct, maximum>;
  }

  explicit Autoencoder(std::span<std::byte> workspace = {})
      : InferenceCore(detail::program_of<Linkage, M, Role::reconstruct>(), maximum, workspace) {}
  explicit Autoencoder(const TrainerCore& trainer) : Autoencoder() { write(trainer.read(false), "trainer"); }
  /// An autoencoder that shares the weights of another one: see InferenceCore.
  template <int other>
  Autoencoder(SharedWeights, const Autoencoder<M, other, Linkage>& owner, std::span<std::byte> workspace = {})
      : InferenceCore(shared_weights, owner, maximum, workspace) {}

  void reconstruct(std::span<const float> samples, std::span<float> reconstructions) {
    run(samples, reconstructions);
  }
  Fault try_reconstruct(Samples samples, MutableSamples reconstructions) noexcept {
    return try_run(samples, reconstructions);
  }
};

/// The half before the bottleneck: its own parameters, its own arena, no trace of the decoder.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Encoder : public InferenceCore {
  static_assert(detail::sound<M, maximum, Role::encode>());

 public:
  using Model = M;
  static constexpr std::int64_t workspace_size() { return isthmus::workspace_bytes<M, Role::encode, maximum>; }

  explicit Encoder(std::span<std::byte> workspace = {})
      : InferenceCore(detail::program_of<Linkage, M, Role::encode>(), maximum, workspace) {}
  explicit Encoder(const TrainerCore& trainer) : Encoder() { write(trainer.read(false), "trainer"); }
  /// An encoder that shares the weights of another one: see InferenceCore.
  template <int other>
  Encoder(SharedWeights, const Encoder<M, other, Linkage>& owner, std::span<std::byte> workspace = {})
      : InferenceCore(shared_weights, owner, maximum, workspace) {}

  void encode(std::span<const float> samples, std::span<float> codes) { run(samples, codes); }
  Fault try_encode(Samples samples, MutableSamples codes) noexcept { return try_run(samples, codes); }
};

/// The half after the bottleneck.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Decoder : public InferenceCore {
  static_assert(detail::sound<M, maximum, Role::decode>());

 public:
  using Model = M;
  static constexpr std::int64_t workspace_size() { return isthmus::workspace_bytes<M, Role::decode, maximum>; }

  explicit Decoder(std::span<std::byte> workspace = {})
      : InferenceCore(detail::program_of<Linkage, M, Role::decode>(), maximum, workspace) {}
  explicit Decoder(const TrainerCore& trainer) : Decoder() { write(trainer.read(false), "trainer"); }
  /// A decoder that shares the weights of another one: see InferenceCore.
  template <int other>
  Decoder(SharedWeights, const Decoder<M, other, Linkage>& owner, std::span<std::byte> workspace = {})
      : InferenceCore(shared_weights, owner, maximum, workspace) {}

  void decode(std::span<const float> codes, std::span<float> reconstructions) { run(codes, reconstructions); }
  Fault try_decode(Samples codes, MutableSamples reconstructions) noexcept {
    return try_run(codes, reconstructions);
  }
};

/// Two models of their own from a trained one: `auto [encoder, decoder] = isthmus::split(trainer);`
template <class M, int maximum, class Linkage>
std::pair<Encoder<M, maximum, Linkage>, Decoder<M, maximum, Linkage>> split(
    const Trainer<M, maximum, Linkage>& trainer) {
  return {Encoder<M, maximum, Linkage>(trainer), Decoder<M, maximum, Linkage>(trainer)};
}

}  // namespace isthmus
