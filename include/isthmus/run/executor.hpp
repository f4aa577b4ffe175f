// Runs a task graph on threads that the caller owns. Nothing is allocated by a run, and no thread is made.
#pragma once

#include <isthmus/run/host_threads.hpp>
#include <isthmus/run/lone_worker.hpp>
#include <isthmus/run/processors.hpp>
#include <isthmus/run/task_body.hpp>
#include <isthmus/schedule/schedule.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace isthmus::run {

class FlowGraph;
class TaskLists;

/// A task graph that is prepared to run: at first dynamically, with the tasks' numbers as priorities, which must
/// be a topological order, such as schedule::sort_by_urgency's; later by any schedule given to `follow`.
///
/// Dynamic runs: tasks are numbered by urgency, so a ready queue is a bitmap whose first bit is the most urgent
/// task; a second-level bitmap marks the words that may have bits, so that a large graph is not searched word by
/// word. A finished task decrements the counters of its successors; the most urgent one that becomes ready is run
/// at once by the same worker, the others are put into a bitmap.
///
/// Each worker has a bitmap of its own, and a task goes to the worker that ran it last: a tile of the parameters
/// then stays in that core's caches from step to step. (Measured on two cores that share no cache: a training
/// step of `dense` at batch 1 took 2.0 ms with one common bitmap, against 0.65 ms on one thread.) A worker without
/// a ready task of its own steals one of another worker's after a moment; the task then belongs to it.
///
/// Lists are followed by TaskLists. oneTBB's flow graph runs in the arena of its first run.
///
/// In an arena the caller's thread works itself and never waits inside TBB. In oneTBB's implicit arena (as wide as
/// the machine, with oneTBB's limit not raised) no more workers are used than the process's cgroup allows. Helpers
/// are enqueued into the arena; after a run they spin-wait for the next one for some microseconds, so that a loop
/// of short steps does not wake them each time, and then return to TBB. A host that has threads of its own calls
/// all of them at once.
class Executor {
 public:
  /// `outside`: the tasks that wait for an arrival. `most_of_process`: the most workers in oneTBB's implicit
  /// arena.
  explicit Executor(schedule::TaskGraph graph, std::vector<int> outside = {},
                    int most_of_process = threads_of_process());
  /// Waits for helpers that use the executor; those that start later find none and return.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  const schedule::TaskGraph& graph() const { return graph_; }

  /// Follows this schedule from the next run on. Everything that it needs is allocated here. Throws
  /// std::invalid_argument if the schedule does not fit the graph, or if some tasks wait for arrivals and it is
  /// not dynamic: a list that waits for another process may keep that one waiting. Not during a run.
  void follow(const schedule::Schedule& schedule);

  /// Runs every task, each after its predecessors, with as many workers as `threads` has, at most `most_workers`,
  /// nor more than there are lists. With one worker, the order is that of the numbers, or
  /// schedule::sequential_order, and TBB is not called; the same holds for a schedule for oneTBB's flow graph on
  /// threads that are not oneTBB's. If tasks wait for `arrivals`, others go ahead of them. One run at a time.
  void run(TaskBody body, IdleWork idle, int most_workers, const Threads& threads = {}, Arrivals arrivals = {});

 private:
  /// State that the executor shares with helpers that spin between runs; it outlives the executor if a helper
  /// starts late.
  struct SpinningHelpers {
    std::atomic<Executor*> executor{nullptr};
    std::atomic<int> inside{0};    ///< helpers that may touch the executor
    std::atomic<int> expected{0};  ///< helpers enqueued and not yet gone
  };

  class Call;

  void order_by(std::vector<int> task_at);
  void run_sequentially(TaskBody body);
  void run_alone(TaskBody body, IdleWork idle, Arrivals arrivals);
  void run_in_arena(TaskBody body, IdleWork idle, int most_workers, Arrivals arrivals);
  void run_on_host(TaskBody body, IdleWork idle, int most_workers, const Threads& threads, Arrivals arrivals);
  void prepare(TaskBody body, IdleWork idle, int workers, Arrivals arrivals);
  void call_helpers(int wanted);
  static void help(SpinningHelpers& helpers) noexcept;
  void spin() noexcept;
  void work(int worker) noexcept;
  void work_dynamically(int worker) noexcept;
  int finish(int task, int worker) noexcept;
  void make_ready(int task) noexcept;
  bool look_for_arrivals(bool urgent) noexcept;
  int take_ready(int worker) noexcept;
  int take_from_word(std::size_t seat, std::size_t word) noexcept;
  int take_from_others(int worker) noexcept;
  int claim_seat() noexcept;

  /// Workers beyond this number share bitmaps.
  static constexpr int most_seats = 64;

  schedule::TaskGraph graph_;
  std::vector<int> outside_;  ///< tasks that wait for an arrival
  int most_of_process_;
  std::unique_ptr<LoneWorker> alone_;      ///< if there are any
  std::vector<int> place_of_;              ///< then, by task
  std::vector<int> sequence_;              ///< the order of a run on one worker
  std::unique_ptr<TaskLists> lists_;       ///< of a schedule of lists
  std::unique_ptr<FlowGraph> flow_graph_;  ///< of a schedule for it

  // Dynamic runs. All numbers of tasks are places here: the most urgent one first.
  schedule::TaskGraph by_place_;
  std::vector<int> task_at_;
  std::vector<int> initially_ready_;
  std::size_t words_, filled_words_;
  std::unique_ptr<std::atomic<int>[]> waiting_for_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> ready_;   ///< most_seats bitmaps
  std::unique_ptr<std::atomic<std::uint64_t>[]> filled_;  ///< for each, a bit per word that is not surely empty
  std::unique_ptr<std::atomic<std::uint8_t>[]> owner_;    ///< by task: the seat of the worker that ran it last
  int seats_ = 1;                                         ///< of this run
  std::atomic<std::uint64_t> taken_seats_{1};             ///< the first is the caller's
  TaskBody body_;
  IdleWork idle_;
  Arrivals arrivals_;
  std::shared_ptr<SpinningHelpers> helpers_;
  alignas(64) std::atomic<int> unfinished_{0};  ///< tasks, or lists
  /// Workers inside work(). A run is over when nothing is unfinished and this is 0: until then a worker may still
  /// be in the caller's idle work.
  alignas(64) std::atomic<int> working_{0};
};

/// The calling thread's number as a worker, inside of a task: its place in the arena, or its number in the host's
/// team.
int current_worker(Threads::Kind kind) noexcept;

}  // namespace isthmus::run
