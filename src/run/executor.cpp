#include <isthmus/run/executor.hpp>
#include <isthmus/run/flow_graph.hpp>
#include <isthmus/run/task_lists.hpp>

#include "run/patience.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>

#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#elif defined(__SANITIZE_ADDRESS__)
extern "C" void __lsan_ignore_object(const void*);
#endif

namespace isthmus::run {
namespace {

/// oneTBB passes an enqueued function to another thread, and its memory back. ThreadSanitizer does not see this
/// synchronisation, since oneTBB is not instrumented: these calls declare that writes before the hand-over happen
/// before reads after it.
#if defined(__SANITIZE_THREAD__)
char hand_over;
void know_what_was_handed_over() { __tsan_acquire(&hand_over); }
void hand_over_what_is_known() { __tsan_release(&hand_over); }
#else
void know_what_was_handed_over() {}
void hand_over_what_is_known() {}
#endif

/// A program may end before oneTBB has started an enqueued function. The memory that the function owns is then
/// referenced only from oneTBB's own memory, which LeakSanitizer does not scan.
#if defined(__SANITIZE_ADDRESS__)
void leave_with_queue(const void* object) { __lsan_ignore_object(object); }
#else
void leave_with_queue(const void*) {}
#endif

/// The time of a helper's spin-wait for the next run: longer than a loop needs between two steps, and too short to
/// delay other work in the arena noticeably.
constexpr std::chrono::microseconds spin_time{60};

/// The number in a host's team; -1 outside of one.
thread_local int worker_of_host = -1;

/// Whether the current arena is oneTBB's implicit one: as wide as the machine, with oneTBB's limit of parallelism
/// not raised.
bool is_arena_of_nobody() {
  const auto of_machine = static_cast<std::size_t>(tbb::info::default_concurrency());
  return static_cast<std::size_t>(tbb::this_task_arena::max_concurrency()) == of_machine &&
         tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism) <= of_machine;
}

}  // namespace

int current_worker(Threads::Kind kind) noexcept {
  const bool of_tbb = kind == Threads::Kind::current || kind == Threads::Kind::arena;
  return std::max(of_tbb ? tbb::this_task_arena::current_thread_index() : worker_of_host, 0);
}

Executor::Executor(schedule::TaskGraph graph, std::vector<int> outside, int most_of_process)
    : graph_(std::move(graph)),
      outside_(std::move(outside)),
      most_of_process_(most_of_process),
      words_((graph_.tasks.size() + 63) / 64),
      filled_words_((words_ + 63) / 64),
      waiting_for_(new std::atomic<int>[graph_.tasks.size()]),
      ready_(new std::atomic<std::uint64_t>[words_ * most_seats]),
      filled_(new std::atomic<std::uint64_t>[filled_words_ * most_seats]),
      owner_(new std::atomic<std::uint8_t>[graph_.tasks.size()]),
      helpers_(std::make_shared<SpinningHelpers>()) {
  for (std::size_t w = 0; w < words_ * most_seats; ++w) ready_[w].store(0, std::memory_order_relaxed);
  for (std::size_t w = 0; w < filled_words_ * most_seats; ++w) filled_[w].store(0, std::memory_order_relaxed);
  sequence_.resize(graph_.tasks.size());
  std::iota(sequence_.begin(), sequence_.end(), 0);
  order_by(sequence_);
  helpers_->executor.store(this);
}

Executor::~Executor() {
  helpers_->executor.store(nullptr);
  for (Patience patience; helpers_->inside.load() > 0;) patience.wait();
}

void Executor::order_by(std::vector<int> task_at) {
  // Tasks that send messages have the highest priority: they take little time here, and the message takes long.
  std::stable_partition(task_at.begin(), task_at.end(), [&](int t) {
    return graph_.tasks[static_cast<std::size_t>(t)].reduction == schedule::Reduction::start;
  });
  by_place_ = schedule::renumber(graph_, task_at);
  task_at_ = std::move(task_at);
  if (!outside_.empty()) {
    place_of_.resize(task_at_.size());
    for (int t = 0; t < graph_.size(); ++t)
      place_of_[static_cast<std::size_t>(task_at_[static_cast<std::size_t>(t)])] = t;
    std::vector<int> places;
    for (const int t : outside_) places.push_back(place_of_[static_cast<std::size_t>(t)]);
    alone_ = std::make_unique<LoneWorker>(by_place_, places);
  }
  initially_ready_.clear();
  for (int t = 0; t < graph_.size(); ++t) {
    if (by_place_.predecessors[static_cast<std::size_t>(t)] == 0) initially_ready_.push_back(t);
    owner_[static_cast<std::size_t>(t)].store(0, std::memory_order_relaxed);
  }
}

void Executor::follow(const schedule::Schedule& schedule) {
  using schedule::Execution;
  validate(graph_, schedule, std::max(static_cast<int>(schedule.lists.size()), 1));
  if (!outside_.empty() && schedule.execution != Execution::dynamic)
    throw std::invalid_argument("schedule: expected a dynamic one, since some tasks wait for other processes");
  lists_.reset();
  flow_graph_.reset();
  sequence_ = sequential_order(graph_, schedule);
  if (schedule.execution == Execution::lists) lists_ = std::make_unique<TaskLists>(graph_, schedule);
  if (schedule.execution == Execution::flow_graph) flow_graph_ = std::make_unique<FlowGraph>(graph_);
  if (schedule.execution != Execution::dynamic) return;
  std::vector<int> task_at(graph_.tasks.size());
  std::iota(task_at.begin(), task_at.end(), 0);
  const auto more_urgent = [&](int a, int b) {
    return schedule.priority[static_cast<std::size_t>(a)] > schedule.priority[static_cast<std::size_t>(b)];
  };
  std::stable_sort(task_at.begin(), task_at.end(), more_urgent);
  order_by(std::move(task_at));
}

void Executor::run(TaskBody body, IdleWork idle, int most_workers, const Threads& threads, Arrivals arrivals) {
  if (most_workers <= 1) return run_alone(body, idle, arrivals);
  switch (threads.kind()) {
    case Threads::Kind::none: return run_alone(body, idle, arrivals);
    case Threads::Kind::host: return run_on_host(body, idle, most_workers, threads, arrivals);
    case Threads::Kind::current:
      if (most_of_process_ < tbb::this_task_arena::max_concurrency() && is_arena_of_nobody())
        most_workers = std::min(most_workers, most_of_process_);
      return run_in_arena(body, idle, most_workers, arrivals);
    case Threads::Kind::arena: break;
  }
  struct Entry {
    Executor& executor;
    TaskBody body;
    IdleWork idle;
    int most_workers;
    Arrivals arrivals;
  } entry{*this, body, idle, most_workers, arrivals};
  threads.enter(
      [](void* argument) {
        Entry& given = *static_cast<Entry*>(argument);
        given.executor.run_in_arena(given.body, given.idle, given.most_workers, given.arrivals);
      },
      &entry);
}

void Executor::run_alone(TaskBody body, IdleWork idle, Arrivals arrivals) {
  if (alone_) alone_->run(body, idle, arrivals, task_at_, place_of_);
  else run_sequentially(body);
}

void Executor::run_in_arena(TaskBody body, IdleWork idle, int most_workers, Arrivals arrivals) {
  int workers = std::min(most_workers, tbb::this_task_arena::max_concurrency());
  if (lists_) workers = std::min(workers, lists_->size());
  if (workers <= 1) return run_alone(body, idle, arrivals);
  if (flow_graph_) return flow_graph_->run(body);
  prepare(body, idle, workers, arrivals);
  call_helpers(std::min(workers, graph_.size()) - 1);
  work(0);
  for (Patience patience; working_.load() > 0;) patience.wait();
}

void Executor::run_on_host(TaskBody body, IdleWork idle, int most_workers, const Threads& threads,
                           Arrivals arrivals) {
  int workers = std::min({most_workers, threads.workers(), std::max(graph_.size(), 1)});
  if (lists_) workers = std::min(workers, lists_->size());
  if (workers <= 1 || flow_graph_) return run_alone(body, idle, arrivals);
  prepare(body, idle, workers, arrivals);
  threads.parallel(
      workers,
      [](void* argument, int worker) {
        const int before = std::exchange(worker_of_host, worker);
        static_cast<Executor*>(argument)->work(worker);
        worker_of_host = before;
      },
      this);
  // The caller does the work of workers that the host has not called.
  work(0);
  for (Patience patience; working_.load() > 0;) patience.wait();
}

void Executor::prepare(TaskBody body, IdleWork idle, int workers, Arrivals arrivals) {
  body_ = body;
  idle_ = idle;
  arrivals_ = arrivals;
  seats_ = std::min(workers, most_seats);
  if (lists_) {
    lists_->reset();
    unfinished_.store(lists_->to_finish());
  } else {
    for (int t = 0; t < graph_.size(); ++t)
      waiting_for_[static_cast<std::size_t>(t)].store(by_place_.predecessors[static_cast<std::size_t>(t)],
                                                      std::memory_order_relaxed);
    for (const int t : outside_)
      waiting_for_[static_cast<std::size_t>(place_of_[static_cast<std::size_t>(t)])].fetch_add(1);
    unfinished_.store(graph_.size());
    for (const int t : initially_ready_) make_ready(t);
  }
}

void Executor::run_sequentially(TaskBody body) {
  for (const int t : sequence_) body.call(body.context, t);
}

namespace {

/// A base, so that its constructor comes before those of the members, and its destructor after theirs. oneTBB's
/// own writes in front of a call, in memory that a helper may just have freed, are suppressed in tests/tsan.supp.
struct HandsOverItsMemory {
  HandsOverItsMemory() { know_what_was_handed_over(); }
  ~HandsOverItsMemory() { hand_over_what_is_known(); }
};

}  // namespace

/// The work of a helper, which is enqueued in the arena.
class Executor::Call : HandsOverItsMemory {
 public:
  explicit Call(std::shared_ptr<SpinningHelpers> helpers) : helpers_(std::move(helpers)) {}
  Call(Call&& other) noexcept : HandsOverItsMemory(), helpers_(std::move(other.helpers_)) {
    hand_over_what_is_known();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() = default;
  void operator()() const {
    know_what_was_handed_over();
    help(*helpers_);
  }

 private:
  std::shared_ptr<SpinningHelpers> helpers_;
};

void Executor::call_helpers(int wanted) {
  int missing = wanted - helpers_->expected.load();
  if (missing <= 0) return;
  leave_with_queue(helpers_.get());
  tbb::task_arena arena{tbb::task_arena::attach{}};
  for (; missing > 0; --missing) {
    helpers_->expected.fetch_add(1);
    try {
      arena.enqueue(Call(helpers_));
    } catch (const std::bad_alloc&) {
      // Without memory there are fewer helpers; the results are the same.
      helpers_->expected.fetch_sub(1);
      return;
    }
  }
}

void Executor::help(SpinningHelpers& helpers) noexcept {
  // `inside` is incremented before the executor is read. The destructor does it in the opposite order: it clears
  // the pointer, then waits until `inside` is 0. So no helper uses an executor that is destroyed.
  helpers.inside.fetch_add(1);
  if (Executor* const executor = helpers.executor.load()) executor->spin();
  helpers.expected.fetch_sub(1);
  helpers.inside.fetch_sub(1);
}

int Executor::claim_seat() noexcept {
  std::uint64_t taken = taken_seats_.load();
  while (~taken != 0) {
    const std::uint64_t lowest = ~taken & (taken + 1);
    if (taken_seats_.compare_exchange_weak(taken, taken | lowest)) return std::countr_zero(lowest);
  }
  return most_seats;
}

void Executor::spin() noexcept {
  using Clock = std::chrono::steady_clock;
  const int seat = claim_seat();
  auto until = Clock::now() + spin_time;
  while (helpers_->executor.load(std::memory_order_relaxed) != nullptr) {
    if (unfinished_.load() > 0) {
      work(seat);
      until = Clock::now() + spin_time;
      continue;
    }
    if (Clock::now() > until) break;
    pause_briefly();
  }
  if (seat < most_seats) taken_seats_.fetch_and(~(std::uint64_t{1} << seat));
}

void Executor::make_ready(int task) noexcept {
  const auto t = static_cast<std::size_t>(task);
  const auto seat = static_cast<std::size_t>(owner_[t].load(std::memory_order_relaxed) % seats_);
  ready_[seat * words_ + t / 64].fetch_or(std::uint64_t{1} << (t % 64));
  // The bit of the word is set before the mark; a worker that clears a mark reads the word again afterwards. So no
  // ready task is without a mark.
  std::atomic<std::uint64_t>& filled = filled_[seat * filled_words_ + t / 4096];
  const std::uint64_t mark = std::uint64_t{1} << (t / 64 % 64);
  if ((filled.load() & mark) == 0) filled.fetch_or(mark);
}

/// Makes the tasks whose sums have arrived ready. True if there are any.
bool Executor::look_for_arrivals(bool urgent) noexcept {
  bool found = false;
  for (int arrived; arrivals_.next != nullptr && (arrived = arrivals_.next(arrivals_.context, urgent)) >= 0;) {
    const int task = place_of_[static_cast<std::size_t>(arrived)];
    std::atomic<int>& waiting_for = waiting_for_[static_cast<std::size_t>(task)];
    if (waiting_for.fetch_sub(1, std::memory_order_acq_rel) == 1) make_ready(task);
    found = true;
  }
  return found;
}

int Executor::take_from_word(std::size_t seat, std::size_t word) noexcept {
  std::atomic<std::uint64_t>& ready = ready_[seat * words_ + word];
  std::uint64_t bits = ready.load();
  while (bits != 0) {
    const std::uint64_t lowest = bits & (~bits + 1);
    const std::uint64_t before = ready.fetch_and(~lowest);
    if ((before & lowest) != 0) return static_cast<int>(word * 64) + std::countr_zero(lowest);
    bits = before & ~lowest;
  }
  return -1;
}

int Executor::take_ready(int worker) noexcept {
  const auto seat = static_cast<std::size_t>(worker % seats_);
  for (std::size_t f = 0; f < filled_words_; ++f) {
    std::atomic<std::uint64_t>& filled = filled_[seat * filled_words_ + f];
    for (std::uint64_t marks = filled.load(); marks != 0; marks &= marks - 1) {
      const std::size_t word = f * 64 + static_cast<std::size_t>(std::countr_zero(marks));
      if (const int task = take_from_word(seat, word); task >= 0) return task;
      const std::uint64_t mark = marks & (~marks + 1);
      filled.fetch_and(~mark);
      if (ready_[seat * words_ + word].load() != 0) filled.fetch_or(mark);
    }
  }
  return -1;
}

int Executor::take_from_others(int worker) noexcept {
  for (int i = 1; i < seats_; ++i) {
    const int task = take_ready(worker + i);
    if (task < 0) continue;
    owner_[static_cast<std::size_t>(task)].store(static_cast<std::uint8_t>(worker % seats_),
                                                 std::memory_order_relaxed);
    return task;
  }
  return -1;
}

int Executor::finish(int task, int worker) noexcept {
  const auto t = static_cast<std::size_t>(task);
  int next = -1;
  for (int i = by_place_.first_successor[t]; i < by_place_.first_successor[t + 1]; ++i) {
    const int s = by_place_.successors[static_cast<std::size_t>(i)];
    if (waiting_for_[static_cast<std::size_t>(s)].fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
    if (owner_[static_cast<std::size_t>(s)].load(std::memory_order_relaxed) % seats_ != worker % seats_) {
      make_ready(s);
    } else if (next < 0) {
      next = s;
    } else {
      make_ready(std::max(next, s));
      next = std::min(next, s);
    }
  }
  return next;
}

void Executor::work(int worker) noexcept {
  // `working_` is incremented before `unfinished_` is read. At the end of a run the caller reads them in the
  // opposite order, so no worker works on a run that is over.
  working_.fetch_add(1);
  if (unfinished_.load() > 0) {
    if (lists_) lists_->work(worker, body_, idle_, unfinished_);
    else work_dynamically(worker);
  }
  working_.fetch_sub(1);
}

void Executor::work_dynamically(int worker) noexcept {
  Patience patience;
  bool has_idle_work = true;
  int looks = 0;
  while (unfinished_.load() > 0) {
    if (look_for_arrivals(looks > 0)) looks = 0;
    int task = take_ready(worker);
    if (task < 0 && ++looks > looks_before_taking) task = take_from_others(worker);
    if (task < 0) {
      if (looks <= looks_before_taking) {
        pause_briefly();
        continue;
      }
      has_idle_work = has_idle_work && idle_.call != nullptr && idle_.call(idle_.context);
      if (!has_idle_work) patience.wait();
      continue;
    }
    patience.reset();
    looks = 0;
    while (task >= 0) {
      body_.call(body_.context, task_at_[static_cast<std::size_t>(task)]);
      const int next = finish(task, worker);
      look_for_arrivals(false);
      unfinished_.fetch_sub(1);
      task = next;
    }
  }
}

}  // namespace isthmus::run
