// Training and using models: what users hold in their hands.
#pragma once

#include <isthmus/plan/workspace.hpp>
#include <isthmus/run/checked_ports.hpp>
#include <isthmus/run/given_inputs.hpp>
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
  ///
  /// Of a model with one input, the samples alone are enough; several have names.
  double step(std::span<const float> samples, run::IdleWork idle = {},
              std::span<const std::uint32_t> sample_numbers = {});
  template <named_ports<PortValues> Ports>
  double step(const Ports& values, run::IdleWork idle = {}, std::span<const std::uint32_t> sample_numbers = {}) {
    return step_ports(values, idle, sample_numbers);
  }
  /// A step that never throws: in case of a mistake the result names it and nothing is done; if another rank
  /// fails, the parameters are unknown. `sample_numbers` is null or has one for each sample.
  StepResult try_step(Samples samples, run::IdleWork idle = {},
                      const std::uint32_t* sample_numbers = nullptr) noexcept;
  template <named_ports<PortSamples> Ports>
  StepResult try_step(const Ports& samples, run::IdleWork idle = {},
                      const std::uint32_t* sample_numbers = nullptr) noexcept {
    return try_step_ports(samples, idle, sample_numbers);
  }

  /// The loss, without an update, of the parameters or, where there are some, of their moving averages. Noise is
  /// that of each sample's number, the same in every call; weights of terms that change with the step have their
  /// last value.
  double evaluate(std::span<const float> samples, std::span<const std::uint32_t> sample_numbers = {});
  template <named_ports<PortValues> Ports>
  double evaluate(const Ports& values, std::span<const std::uint32_t> sample_numbers = {}) {
    return evaluate_ports(values, sample_numbers);
  }
  StepResult try_evaluate(Samples samples, const std::uint32_t* sample_numbers = nullptr) noexcept;
  template <named_ports<PortSamples> Ports>
  StepResult try_evaluate(const Ports& samples, const std::uint32_t* sample_numbers = nullptr) noexcept {
    return try_evaluate_ports(samples, sample_numbers);
  }

  /// Names of the loss's terms, if it is a sum of several; else none.
  const std::vector<std::string>& terms() const { return terms_; }
  /// The terms, without their weights, of the last `step` or `evaluate`, in the order of `terms`.
  std::span<const double> last_terms() const { return last_terms_; }

  /// Names of the parameters that training leaves as they started, since they are frozen or the loss does not
  /// reach them: those of the decoder, if the loss looks at the code alone. They are saved with the others.
  std::vector<std::string> untrained() const { return train_.untrained(); }

  /// Starts the parameters that are declared to start from data (`bias_from_data`), given the mean of the training
  /// data. Without this call the first step does it, from its batch.
  void initialize_from_data(double mean);

  int max_batch() const { return train_.max_batch(); }
  /// The inputs of a step, the first data first, and the values of a sample of that one.
  const std::vector<plan::InputPort>& inputs() const { return train_.inputs(); }
  int input_size() const { return train_.input_size(); }
  /// The place among them of the one that the reconstruction is compared with.
  std::size_t target() const { return target_; }
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

  /// The parameters, with the optimizer's states if asked for. Without states they are what evaluation uses: of an
  /// optimizer that is `averaged`, the averages.
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
  double step_ports(std::span<const PortValues> values, run::IdleWork idle,
                    std::span<const std::uint32_t> sample_numbers);
  StepResult try_step_ports(std::span<const PortSamples> samples, run::IdleWork idle,
                            const std::uint32_t* sample_numbers) noexcept;
  double evaluate_ports(std::span<const PortValues> values, std::span<const std::uint32_t> sample_numbers);
  StepResult try_evaluate_ports(std::span<const PortSamples> samples,
                                const std::uint32_t* sample_numbers) noexcept;
  template <class Given>
  double step_on(Given given, run::IdleWork idle, std::span<const std::uint32_t> sample_numbers);
  template <class Given>
  StepResult try_step_on(Given given, run::IdleWork idle, const std::uint32_t* sample_numbers) noexcept;
  template <class Given>
  StepResult try_evaluate_on(Given given, const std::uint32_t* sample_numbers) noexcept;
  StepResult evaluate_given(const std::uint32_t* sample_numbers) noexcept;
  bool all_are_finite() const noexcept;
  void require_finite() const;
  run::Share share_of_given();
  void tell_ranks_of_mistake() noexcept;
  double take_step(const run::Share& share, run::IdleWork idle, const std::uint32_t* sample_numbers) noexcept;
  const std::uint32_t* checked(std::span<const std::uint32_t> sample_numbers, int samples) const;
  run::RunArguments arguments_for(const run::GivenInputs& given,
                                  const std::uint32_t* sample_numbers) const noexcept;

  run::Communicator* communicator_;  ///< null if there is one rank
  run::Session train_;
  run::Session evaluate_;
  run::GivenInputs given_;  ///< of the step
  run::GivenInputs given_evaluation_;
  std::size_t target_;  ///< the input that the reconstruction is compared with
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
  /// The inputs of a run, the data (of a decoder the code) first, and the values of a sample of that one.
  const std::vector<plan::InputPort>& inputs() const { return session_.inputs(); }
  int input_size() const { return session_.input_size(); }
  int output_size() const { return session_.output_size(); }
  std::int64_t arena_bytes() const { return session_.arena_bytes(); }

  /// Computes every sample of `input` into `output`, at most max_batch of them. Throws ShapeError if the sizes
  /// do not fit; else allocates nothing.
  void run(std::span<const float> input, std::span<float> output);
  template <named_ports<PortValues> Ports>
  void run(const Ports& inputs, std::span<float> output) {
    run_ports(inputs, output);
  }
  /// A run that never throws: in case of a mistake the result names it and nothing is done.
  Fault try_run(Samples input, MutableSamples output) noexcept;
  template <named_ports<PortSamples> Ports>
  Fault try_run(const Ports& inputs, MutableSamples output) noexcept {
    return try_run_ports(inputs, output);
  }

  /// Sets the threads that compute from now on. The results are the same bits.
  void set_threads(const Threads& threads) { threads_ = threads; }

  /// Sets the kind of weights to compute with from now on: rounded ones are faster at few samples. Allocates. The
  /// results are the same bits for any number of samples and threads, but differ from those with fp32.
  void set_weights(const Weights& weights);

  /// An output beside the code (`log_var` of a variational encoder), or beside the reconstruction, from the last
  /// run. Row-major, valid until the next run. Throws Error for a name that there is not.
  std::span<const float> side_output(std::string_view name) const { return session_.side_output(name); }

  std::vector<NamedTensor> read() const { return session_.read(false); }
  /// Replaces the parameters. Throws ShapeError, naming `source`; Error if they are shared.
  void write(const std::vector<NamedTensor>& tensors, const std::string& source);
  const run::Session& session() const { return session_; }

 private:
  void run_ports(std::span<const PortValues> inputs, std::span<float> output);
  Fault try_run_ports(std::span<const PortSamples> inputs, MutableSamples output) noexcept;
  void run_given(std::span<float> output);
  Fault try_run_given(MutableSamples output) noexcept;

  run::Session session_;
  run::GivenInputs given_{session_};
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

/// A trainer of one model, whose ports the compiler checks.
template <class M, Role role>
class ModelTrainer : public TrainerCore {
 public:
  using TrainerCore::TrainerCore;

  /// See TrainerCore. A model of several inputs takes `ports<"image", "label">(images, labels)`; the try_ forms
  /// take Samples in it.
  using TrainerCore::evaluate;
  using TrainerCore::step;
  using TrainerCore::try_evaluate;
  using TrainerCore::try_step;
  double step(std::span<const float> samples, run::IdleWork idle = {},
              std::span<const std::uint32_t> sample_numbers = {}) {
    static_assert(takes_one<M, role>());
    return TrainerCore::step(samples, idle, sample_numbers);
  }
  template <class Ports>
    requires has_values<Ports>
  double step(const Ports& values, run::IdleWork idle = {}, std::span<const std::uint32_t> sample_numbers = {}) {
    static_assert(takes<M, role>(static_cast<const Ports*>(nullptr)));
    return TrainerCore::step(values.given, idle, sample_numbers);
  }
  StepResult try_step(Samples samples, run::IdleWork idle = {},
                      const std::uint32_t* sample_numbers = nullptr) noexcept {
    static_assert(takes_one<M, role>());
    return TrainerCore::try_step(samples, idle, sample_numbers);
  }
  template <class Ports>
    requires has_samples<Ports>
  StepResult try_step(const Ports& samples, run::IdleWork idle = {},
                      const std::uint32_t* sample_numbers = nullptr) noexcept {
    static_assert(takes<M, role>(static_cast<const Ports*>(nullptr)));
    return TrainerCore::try_step(samples.given, idle, sample_numbers);
  }
  double evaluate(std::span<const float> samples, std::span<const std::uint32_t> sample_numbers = {}) {
    static_assert(takes_one<M, Role::evaluate>());
    return TrainerCore::evaluate(samples, sample_numbers);
  }
  template <class Ports>
    requires has_values<Ports>
  double evaluate(const Ports& values, std::span<const std::uint32_t> sample_numbers = {}) {
    static_assert(takes<M, Role::evaluate>(static_cast<const Ports*>(nullptr)));
    return TrainerCore::evaluate(values.given, sample_numbers);
  }
  StepResult try_evaluate(Samples samples, const std::uint32_t* sample_numbers = nullptr) noexcept {
    static_assert(takes_one<M, Role::evaluate>());
    return TrainerCore::try_evaluate(samples, sample_numbers);
  }
  template <class Ports>
    requires has_samples<Ports>
  StepResult try_evaluate(const Ports& samples, const std::uint32_t* sample_numbers = nullptr) noexcept {
    static_assert(takes<M, Role::evaluate>(static_cast<const Ports*>(nullptr)));
    return TrainerCore::try_evaluate(samples.given, sample_numbers);
  }
};

/// A program of one model that only computes, whose ports the compiler checks.
template <class M, Role role>
class ModelInference : public InferenceCore {
 public:
  using InferenceCore::InferenceCore;

 protected:
  void compute(std::span<const float> input, std::span<float> output) {
    static_assert(takes_one<M, role>());
    run(input, output);
  }
  template <class Ports>
    requires has_values<Ports>
  void compute(const Ports& inputs, std::span<float> output) {
    static_assert(takes<M, role>(static_cast<const Ports*>(nullptr)));
    run(inputs.given, output);
  }
  Fault try_compute(Samples input, MutableSamples output) noexcept {
    static_assert(takes_one<M, role>());
    return try_run(input, output);
  }
  template <class Ports>
    requires has_samples<Ports>
  Fault try_compute(const Ports& inputs, MutableSamples output) noexcept {
    static_assert(takes<M, role>(static_cast<const Ports*>(nullptr)));
    return try_run(inputs.given, output);
  }
};

}  // namespace detail

/// Trains the model `M` on batches of up to `maximum` samples.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Trainer : public detail::ModelTrainer<M, Role::train> {
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
      : detail::ModelTrainer<M, Role::train>(detail::program_of<Linkage, M, Role::train>(),
                                             detail::program_of<Linkage, M, Role::evaluate>(), maximum, seed,
                                             workspace) {}
};

/// The whole model: `reconstruct(x)`.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Autoencoder : public detail::ModelInference<M, Role::reconstruct> {
  static_assert(detail::sound<M, maximum, Role::reconstruct>());

 public:
  using Model = M;
  static constexpr std::int64_t workspace_size() {
    return isthmus::workspace_bytes<M, Role::reconstruct, maximum>;
  }

  explicit Autoencoder(std::span<std::byte> workspace = {})
      : detail::ModelInference<M, Role::reconstruct>(detail::program_of<Linkage, M, Role::reconstruct>(), maximum,
                                                     workspace) {}
  explicit Autoencoder(const TrainerCore& trainer) : Autoencoder() { this->write(trainer.read(false), "trainer"); }
  /// An autoencoder that shares the weights of another one: see InferenceCore.
  template <int other>
  Autoencoder(SharedWeights, const Autoencoder<M, other, Linkage>& owner, std::span<std::byte> workspace = {})
      : detail::ModelInference<M, Role::reconstruct>(shared_weights, owner, maximum, workspace) {}

  void reconstruct(std::span<const float> samples, std::span<float> reconstructions) {
    this->compute(samples, reconstructions);
  }
  Fault try_reconstruct(Samples samples, MutableSamples reconstructions) noexcept {
    return this->try_compute(samples, reconstructions);
  }
  /// Of a model with several inputs: `reconstruct(ports<…>(…), reconstructions)`.
  template <class Ports>
  void reconstruct(const Ports& ports, std::span<float> reconstructions)
    requires detail::has_values<Ports>
  {
    this->compute(ports, reconstructions);
  }
  template <class Ports>
  Fault try_reconstruct(const Ports& ports, MutableSamples reconstructions) noexcept
    requires detail::has_samples<Ports>
  {
    return this->try_compute(ports, reconstructions);
  }
};

/// The half before the bottleneck: its own parameters, its own arena, no trace of the decoder.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Encoder : public detail::ModelInference<M, Role::encode> {
  static_assert(detail::sound<M, maximum, Role::encode>());

 public:
  using Model = M;
  static constexpr std::int64_t workspace_size() { return isthmus::workspace_bytes<M, Role::encode, maximum>; }

  explicit Encoder(std::span<std::byte> workspace = {})
      : detail::ModelInference<M, Role::encode>(detail::program_of<Linkage, M, Role::encode>(), maximum,
                                                workspace) {}
  explicit Encoder(const TrainerCore& trainer) : Encoder() { this->write(trainer.read(false), "trainer"); }
  /// An encoder that shares the weights of another one: see InferenceCore.
  template <int other>
  Encoder(SharedWeights, const Encoder<M, other, Linkage>& owner, std::span<std::byte> workspace = {})
      : detail::ModelInference<M, Role::encode>(shared_weights, owner, maximum, workspace) {}

  void encode(std::span<const float> samples, std::span<float> codes) { this->compute(samples, codes); }
  Fault try_encode(Samples samples, MutableSamples codes) noexcept { return this->try_compute(samples, codes); }
  /// Of a model with several inputs: `encode(ports<…>(…), codes)`.
  template <class Ports>
  void encode(const Ports& ports, std::span<float> codes)
    requires detail::has_values<Ports>
  {
    this->compute(ports, codes);
  }
  template <class Ports>
  Fault try_encode(const Ports& ports, MutableSamples codes) noexcept
    requires detail::has_samples<Ports>
  {
    return this->try_compute(ports, codes);
  }
};

/// The half after the bottleneck.
template <class M, int maximum, class Linkage = default_linkage<M>>
class Decoder : public detail::ModelInference<M, Role::decode> {
  static_assert(detail::sound<M, maximum, Role::decode>());

 public:
  using Model = M;
  static constexpr std::int64_t workspace_size() { return isthmus::workspace_bytes<M, Role::decode, maximum>; }

  explicit Decoder(std::span<std::byte> workspace = {})
      : detail::ModelInference<M, Role::decode>(detail::program_of<Linkage, M, Role::decode>(), maximum,
                                                workspace) {}
  explicit Decoder(const TrainerCore& trainer) : Decoder() { this->write(trainer.read(false), "trainer"); }
  /// A decoder that shares the weights of another one: see InferenceCore.
  template <int other>
  Decoder(SharedWeights, const Decoder<M, other, Linkage>& owner, std::span<std::byte> workspace = {})
      : detail::ModelInference<M, Role::decode>(shared_weights, owner, maximum, workspace) {}

  void decode(std::span<const float> codes, std::span<float> reconstructions) {
    this->compute(codes, reconstructions);
  }
  Fault try_decode(Samples codes, MutableSamples reconstructions) noexcept {
    return this->try_compute(codes, reconstructions);
  }
  /// Of a model with several inputs: `decode(ports<…>(…), reconstructions)`.
  template <class Ports>
  void decode(const Ports& ports, std::span<float> reconstructions)
    requires detail::has_values<Ports>
  {
    this->compute(ports, reconstructions);
  }
  template <class Ports>
  Fault try_decode(const Ports& ports, MutableSamples reconstructions) noexcept
    requires detail::has_samples<Ports>
  {
    return this->try_compute(ports, reconstructions);
  }
};

/// Two models of their own from a trained one: `auto [encoder, decoder] = isthmus::split(trainer);`
template <class M, int maximum, class Linkage>
std::pair<Encoder<M, maximum, Linkage>, Decoder<M, maximum, Linkage>> split(
    const Trainer<M, maximum, Linkage>& trainer) {
  return {Encoder<M, maximum, Linkage>(trainer), Decoder<M, maximum, Linkage>(trainer)};
}

}  // namespace isthmus
