// A program made ready to run: its arena, its tasks, its parameters.
#pragma once

#include <isthmus/lower/program.hpp>
#include <isthmus/lower/weights.hpp>
#include <isthmus/named_tensor.hpp>
#include <isthmus/plan/inputs.hpp>
#include <isthmus/plan/memory.hpp>
#include <isthmus/run/communicator.hpp>
#include <isthmus/run/executor.hpp>
#include <isthmus/run/host_threads.hpp>
#include <isthmus/run/samples.hpp>
#include <isthmus/run/trace.hpp>
#include <isthmus/run/weights.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::run {

/// A step that no schedule reaches: what is annealed has its last value there.
inline constexpr double end_of_schedules = 1e30;

/// The arguments of one run, and the places for its results.
struct RunArguments {
  int samples = 0;
  /// The samples of each input, in the order of Session::inputs. Their counts are not looked at: all have
  /// `samples`.
  std::span<const Samples> inputs = {};
  float* output = nullptr;         ///< row-major, samples × output size; may be null if the program has none
  std::int64_t output_stride = 0;  ///< floats from one sample to the next; 0: one behind the other
  double step = 1;
  double learning_rate = 0;
  /// Random numbers are a function of the seed, the step, and each sample's place in the batch; or of its number
  /// in the data set, for those that are the same in every epoch, and for all if the program does not train.
  std::uint64_t seed = 0;
  /// The number of the draw: of a program that does not train, other numbers draw other codes for the same
  /// samples.
  std::uint32_t draw = 0;
  const std::uint32_t* sample_numbers = nullptr;  ///< in the data set; null: 0, 1, …
  /// For a distributed step: samples of all ranks (0: of this one alone), and how many of them come before this
  /// one's.
  int all_samples = 0;
  int first_sample = 0;
  IdleWork idle = {};
  Threads threads = {};
  /// If not null: receives the times of this run's tasks, and has a record for each.
  TaskTrace* trace = nullptr;
};

/// One program with its memory. Not thread-safe: one run at a time; a second caller is told by `Use`.
///
/// Runs compute with numbers below 2^-126 as zeros, with rounding to nearest and without traps, on every thread
/// that takes part, whatever that thread has set itself, and leave its settings and flags as they were.
class Session {
 public:
  /// Reserves a session for one caller for its own lifetime; false if another caller has it.
  class Use {
   public:
    explicit Use(const Session& session) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    explicit operator bool() const noexcept { return in_use_ != nullptr; }

   private:
    std::atomic_flag* in_use_;
  };

  /// Everything is allocated here and nowhere else; the values in `workspace`, if the caller gives one of
  /// plan::workspace_bytes, which must outlive the session. It may begin anywhere. Throws ShapeError if
  /// `max_batch` is not positive, or the workspace too small. The communicator is for the all_reduces of a
  /// distributed program, and serves this session alone; without one they are of one rank.
  Session(const lower::Program& program, int max_batch, std::span<std::byte> workspace = {},
          Communicator* communicator = nullptr);
  /// A session of the same program as `owner` that shares its parameters, rounded and packed ones included; they
  /// live as long as any session reads them, but in a workspace no longer than that. Everything else is this
  /// session's own: both can run at the same time. As long as they share, nobody writes to the parameters.
  /// `workspace` needs MemoryPlan::kept_bytes less than another one. Throws Error if `owner` trains or is in use.
  Session(SharedWeights, const Session& owner, int max_batch, std::span<std::byte> workspace = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  int max_batch() const;
  /// The inputs that a run has to be given: the data (of a decoder the code) first, then conditions, targets and
  /// weights of the loss.
  const std::vector<plan::InputPort>& inputs() const;
  /// Values per sample of the first input, and of the output; 0 if the program has no such end.
  int input_size() const;
  int output_size() const;
  std::int64_t arena_bytes() const;
  const plan::MemoryPlan& memory() const;
  const Executor& executor() const;
  const lower::Program& program() const;
  /// The learning rate that the model was declared with, 0 if the program does not train.
  double declared_learning_rate() const;

  /// Runs the program for `samples` in 1…max_batch; of a distributed one in 0…max_batch. Allocates nothing.
  /// Programs too small to gain from a second worker run on the caller's thread alone.
  void run(const RunArguments& arguments) noexcept;

  /// Whether `run` may be given these, one for each input.
  Fault check(std::span<const Samples> inputs) const noexcept;
  Fault check(std::span<const Samples> inputs, MutableSamples output) const noexcept;

  /// Runs as this schedule says from now on, on as many workers as it has; it is of executor().graph(). Allocates
  /// here. Throws std::invalid_argument if it does not fit the graph.
  void follow(const schedule::Schedule& schedule);

  /// Room for the times of one run.
  TaskTrace make_trace() const;

  /// A scalar output of the last run, such as `loss`.
  double scalar_output(const char* name) const;
  /// Names of all scalar outputs, in the graph's order: the loss's terms, if it is a sum of several, then `loss`.
  std::vector<std::string> scalar_outputs() const;
  /// An output beside the code, or beside the reconstruction, from the last run, row-major, samples × values:
  /// `log_var`. It lies in memory of the session, until the next run. Throws Error if there is none of this name.
  std::span<const float> side_output(std::string_view name) const;
  std::vector<std::string> side_outputs() const;

  /// Computes with weights of this kind from now on, in a program that does not train; null is fp32. Allocates
  /// here, beside the arena. `read` still gives the parameters as they were written.
  void set_weights(const lower::WeightKernels* kernels);

  /// Names of the parameters that a training step leaves as they are, since its loss does not reach them.
  std::vector<std::string> untrained() const;

  /// Names of the parameters (and of the optimizer's states if `with_states`), in the graph's order.
  std::vector<NamedTensor> read(bool with_states) const;
  /// Copies every tensor whose name this program has; throws ShapeError if one that it needs is missing or has
  /// another shape, Error if another session reads them. `source` is named in the message. Tensors that the
  /// program does not know are left alone.
  void write(const std::vector<NamedTensor>& tensors, bool with_states, const std::string& source);

  /// The optimizer's states as they are at the start: zeros.
  void reset_states() noexcept;

  /// Copies the parameters of another session with equal names, without going through row-major. Both must
  /// come from the same model.
  void copy_parameters(const Session& other) noexcept;

  /// Draws the initial parameters: a pure function of the seed and of each parameter's name. Those that start from
  /// data start as if these had the mean 1/2.
  void initialize(std::uint64_t seed);
  /// Starts the parameters that are declared to start from data, given the data's mean. False if there are none.
  bool initialize_from_data(double mean);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace isthmus::run
