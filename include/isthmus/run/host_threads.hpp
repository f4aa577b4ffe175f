// The threads that run a program's tasks: the library has none of its own.
#pragma once

#include <type_traits>

namespace isthmus {

/// The threads that a run may use; a small value, copied freely. What it refers to (an arena, a host's pool) must
/// outlive its use. The results are the same bits with all of them.
class Threads {
 public:
  /// The function that a host's team calls: once for each worker, 0 … workers - 1, at the same time or one after
  /// the other.
  using Body = void (*)(void* argument, int worker);
  /// Calls `body(argument, worker)` for each worker and returns when all calls have returned. Must not throw.
  using Parallel = void (*)(void* host, int workers, Body body, void* argument);
  using Work = void (*)(void* argument);

  /// The threads of the caller's current tbb::task_arena: the default. If that is oneTBB's implicit arena, as wide
  /// as the machine, at most as many as the CPU quota of the process's cgroup allows.
  constexpr Threads() = default;

  /// The caller's thread alone: not one call of oneTBB.
  static constexpr Threads none() {
    Threads threads;
    threads.kind_ = Kind::none;
    return threads;
  }

  /// The threads of this tbb::task_arena, from whatever thread a run is called.
  template <class Arena>
  static Threads in(Arena& arena) {
    Threads threads;
    threads.kind_ = Kind::arena;
    threads.host_ = &arena;
    threads.enter_ = [](void* host, Work work, void* argument) {
      static_cast<Arena*>(host)->execute([=] { work(argument); });
    };
    return threads;
  }

  /// The threads of a host, such as an OpenMP team: `parallel` is handed `host` back. At least one worker; oneTBB
  /// is not called. Fewer calls than `workers`, even none, are fine: the caller's thread then does what is left.
  static Threads of_host(int workers, Parallel parallel, void* host = nullptr) {
    Threads threads;
    threads.kind_ = Kind::host;
    threads.workers_ = workers < 1 ? 1 : workers;
    threads.parallel_ = parallel;
    threads.host_ = host;
    return threads;
  }

  /// The threads of a host that gives them as a function object, `parallel(workers, body)`, where `body(worker)`
  /// is to be called for each.
  template <class Function>
    requires(!std::is_function_v<Function>)
  static Threads of_host(int workers, Function& parallel) {
    return of_host(
        workers,
        [](void* host, int team, Body body, void* argument) {
          (*static_cast<Function*>(host))(team, [=](int worker) { body(argument, worker); });
        },
        &parallel);
  }

  enum class Kind { current, none, arena, host };
  constexpr Kind kind() const { return kind_; }
  /// The number of workers of a host; other kinds are asked at each run.
  constexpr int workers() const { return workers_; }
  /// Runs `work` inside the arena.
  void enter(Work work, void* argument) const { enter_(host_, work, argument); }
  /// Has the host call `body`.
  void parallel(int workers, Body body, void* argument) const { parallel_(host_, workers, body, argument); }

 private:
  Kind kind_ = Kind::current;
  int workers_ = 1;
  void* host_ = nullptr;
  void (*enter_)(void* host, Work work, void* argument) = nullptr;
  Parallel parallel_ = nullptr;
};

}  // namespace isthmus
