// Training and using models: what users hold in their hands.
#pragma once

#include <isthmus/run/binding.hpp>
#include <isthmus/run/session.hpp>

#include <span>
#include <utility>

namespace isthmus {

/// What Trainer is made of, for code that gets its model at run time: a training step and a loss, over one set
/// of parameters.
class TrainerCore {
 public:
  /// Draws the initial parameters from `seed`. Throws ShapeError if `max_batch` is not positive.
  TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch, std::uint64_t seed);
  /// One of several ranks: `train` is a distributed step, `max_batch` the largest share of this rank,
  /// `evaluate_batch` the largest batch of `evaluate`, which is of this rank alone. The communicator outlives the
  /// trainer. Throws Error on every rank if graph, SIMD target, seed or largest share are not the same on all.
  TrainerCore(const lower::Program& train, const lower::Program& evaluate, int max_batch, std::uint64_t seed,
              run::Communicator* communicator, int evaluate_batch);

  /// One step on `samples` (row-major, a whole number of samples, at most max_batch). Returns the loss before the
  /// update. Throws ShapeError for a wrong size; else allocates nothing. `idle` is called by workers that wait for
  /// others; a batch source prefetches there. `names` are the samples' numbers in their data set, if noise is to
  /// be the same in every epoch; else 0, 1, …. Of several ranks each gives its share of the batch, of any size
  /// (also none), and gets the loss of the whole batch; numbers of samples that are not given go on from rank to
  /// rank. A wrong size on one rank is an error on all. Throws Error if another rank is at another step, has
  /// another rate, or does not answer; parameters are then unknown.
  double step(std::span<const float> samples, run::IdleWork idle = {}, std::span<const std::uint32_t> names = {});

  /// The loss, without an update. Noise is that of each sample's number, the same in every call; weights of terms that
  /// change with the step have their last value.
  double evaluate(std::span<const float> samples, std::span<const std::uint32_t> names = {});

  /// Names of the loss's terms, if it is a sum of several; else none.
  const std::vector<std::string>& terms() const { return terms_; }
  /// The terms, without their weights, of the last `step` or `evaluate`, in the order of `terms`.
  std::span<const double> last_terms() const { return last_terms_; }

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

  /// Steps on the caller's thread alone, without a call of TBB, or inside the caller's arena (the default). The
  /// results are the same bits.
  void set_sequential(bool sequential) { sequential_ = sequential; }
  /// Training steps run as this schedule of the training session's task graph says; the results are the same bits.
  void follow(const schedule::Schedule& schedule) { train_.follow(schedule); }
  /// The next step's tasks leave their times in `trace`, which must have a record for each of them.
  void trace_next_step(run::TaskTrace& trace) { trace_ = &trace; }

  std::uint64_t seed() const { return seed_; }

  /// The parameters, with the optimizer's states if asked for.
  std::vector<run::NamedTensor> read(bool with_states) const { return train_.read(with_states); }
  /// Replaces them; `steps` is what steps() was when they were read. Throws ShapeError, naming `source`.
  void write(const std::vector<run::NamedTensor>& tensors, bool with_states, std::int64_t steps,
             const std::string& source);

  const run::Session& training_session() const { return train_; }

 private:
  double loss_of(const run::Session& session);
  int samples_in(std::span<const float> values, const run::Session& session, bool allow_none = false) const;
  run::Share share_of(std::span<const float> values, std::span<const std::uint32_t> names);
  const std::uint32_t* names_of(int samples, std::span<const std::uint32_t> names) const;

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
  bool sequential_ = false;
  run::TaskTrace* trace_ = nullptr;
};

/// A program that only computes, for code that gets its model at run time.
class InferenceCore {
 public:
  InferenceCore(const lower::Program& program, int max_batch) : session_(program, max_batch) {}

  int max_batch() const { return session_.max_batch(); }
  int input_size() const { return session_.input_size(); }
  int output_size() const { return session_.output_size(); }
  std::int64_t arena_bytes() const { return session_.arena_bytes(); }

  /// Computes every sample of `input` into `output`, at most max_batch of them. Throws ShapeError if the sizes
  /// do not fit; else allocates nothing.
  void run(std::span<const float> input, std::span<float> output);

  /// What an encoder gives beside the code, of the last run: `log_var` of a variational one. Row-major, valid until
  /// the next run. Throws Error for a name that there is not.
  std::span<const float> side_output(std::string_view name) const { return session_.side_output(name); }

  std::vector<run::NamedTensor> read() const { return session_.read(false); }
  void write(const std::vector<run::NamedTensor>& tensors, const std::string& source) {
    session_.write(tensors, false, source);
  }
  const run::Session& session() const { return session_; }

 private:
  run::Session session_;
};

namespace detail {

template <int max_batch>
inline constexpr Diagnostic batch_diagnostic =
    max_batch > 0 ? Diagnostic{}
                  : Diagnostic{Mistake::batch_not_positive, "batch", shape_of(max_batch), shape_of(1)};

/// Compiles only for a sound model and a positive batch; else the first error says what is wrong.
template <class M, int max_batch, Role... role>
constexpr bool sound() {
  return check<batch_diagnostic<max_batch>>() && (check<plan::diagnostic_of<M, role>>() && ...);
}

}  // namespace detail

/// Trains the model `M` on batches of up to `maximum` samples.
template <class M, int maximum, class Binding = default_binding<M>>
class Trainer : public TrainerCore {
  static_assert(detail::sound<M, maximum, Role::train, Role::evaluate>());

 public:
  using Model = M;
  static constexpr int max_batch = maximum;
  /// What the training step needs, a constant: parameters, optimizer's state, and all in between.
  static constexpr std::int64_t arena_size() { return isthmus::arena_bytes<M, Role::train, maximum>; }

  explicit Trainer(std::uint64_t seed)
      : TrainerCore(Binding::template program<M, Role::train>(), Binding::template program<M, Role::evaluate>(),
                    maximum, seed) {}
};

/// The whole model: `reconstruct(x)`.
template <class M, int maximum, class Binding = default_binding<M>>
class Autoencoder : public InferenceCore {
  static_assert(detail::sound<M, maximum, Role::reconstruct>());

 public:
  Autoencoder() : InferenceCore(Binding::template program<M, Role::reconstruct>(), maximum) {}
  explicit Autoencoder(const TrainerCore& trainer) : Autoencoder() { write(trainer.read(false), "trainer"); }

  void reconstruct(std::span<const float> samples, std::span<float> reconstructions) {
    run(samples, reconstructions);
  }
};

/// The half before the bottleneck: its own parameters, its own arena, no trace of the decoder.
template <class M, int maximum, class Binding = default_binding<M>>
class Encoder : public InferenceCore {
  static_assert(detail::sound<M, maximum, Role::encode>());

 public:
  Encoder() : InferenceCore(Binding::template program<M, Role::encode>(), maximum) {}
  explicit Encoder(const TrainerCore& trainer) : Encoder() { write(trainer.read(false), "trainer"); }

  void encode(std::span<const float> samples, std::span<float> codes) { run(samples, codes); }
};

/// The half after the bottleneck.
template <class M, int maximum, class Binding = default_binding<M>>
class Decoder : public InferenceCore {
  static_assert(detail::sound<M, maximum, Role::decode>());

 public:
  Decoder() : InferenceCore(Binding::template program<M, Role::decode>(), maximum) {}
  explicit Decoder(const TrainerCore& trainer) : Decoder() { write(trainer.read(false), "trainer"); }

  void decode(std::span<const float> codes, std::span<float> reconstructions) { run(codes, reconstructions); }
};

/// Two models of their own from a trained one: `auto [encoder, decoder] = isthmus::split(trainer);`
template <class M, int maximum, class Binding>
std::pair<Encoder<M, maximum, Binding>, Decoder<M, maximum, Binding>> split(
    const Trainer<M, maximum, Binding>& trainer) {
  return {Encoder<M, maximum, Binding>(trainer), Decoder<M, maximum, Binding>(trainer)};
}

}  // namespace isthmus
