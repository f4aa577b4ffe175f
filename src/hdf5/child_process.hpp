// A process beside this one for work that may crash, hang or want too much memory.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace isthmus::interchange {

/// One end of a connection between two processes, closed at the end of its scope.
class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() { close(); }

  /// All of it; false if the other end is gone.
  bool send(const void* bytes, std::size_t size) const;
  bool receive(void* bytes, std::size_t size) const;
  void close();

 private:
  int descriptor_;
};

/// A copy of this process that does one piece of work and ends. It has nothing of its parent's but the memory: no
/// other thread, no other descriptor, no handler of signals. What it prints is lost, and its crash leaves no core.
class ChildProcess {
 public:
  using Work = std::function<void(const Channel& to_parent)>;

  /// Forks; the copy runs `work`, which must not throw, and ends with it. Throws std::system_error if the
  /// system has no process or descriptor to give.
  explicit ChildProcess(const Work& work) : ChildProcess(start(work)) {}
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { end(); }

  const Channel& channel() const { return channel_; }

  /// What ended it. If a host waits for every child, or ignores SIGCHLD, nobody else is told: both are 0.
  struct End {
    int signal = 0;
    int exit_code = 0;
  };
  /// Closes the channel and waits for the process, which is to end of that. A second call knows nothing.
  End end();

 private:
  struct Started {
    int channel;
    pid_t id;
  };
  static Started start(const Work& work);
  explicit ChildProcess(Started started) : channel_(started.channel), id_(started.id) {}

  Channel channel_;
  pid_t id_;
};

/// From now on this process may take so many bytes beyond those that it has: an allocation of more fails. For
/// children alone. Does nothing where the system does not say how many it has.
void limit_memory(std::uint64_t bytes);

/// Unless another limit is set within this time, the process is ended by the signal SIGALRM; 0 sets none. For
/// children alone.
void limit_time(std::chrono::seconds limit);

}  // namespace isthmus::interchange
