// A process beside this one for work that may crash, hang or want too much memory.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

#include "reading/channel.hpp"

namespace isthmus::interchange {

/// Another program that does some work and ends. It is started by posix_spawn, not by fork: this process is not
/// copied, so that memory which a network reads and writes by itself (MPI over InfiniBand) stays this process's.
/// It has nothing of its parent's but the environment, the folder and one end of a channel, which is its
/// descriptor 3: standard streams are /dev/null, and signals do what they usually do.
class ChildProcess {
 public:
  /// Starts `program`, the bytes of an executable file, with these arguments, the first of which is its name. It
  /// is to close the descriptors beyond 3: those that this process has opened without O_CLOEXEC. Throws
  /// std::system_error if the system has no process, memory or descriptor to give, or starts no program that has
  /// no file.
  ChildProcess(std::span<const std::byte> program, std::span<const char* const> arguments)
      : ChildProcess(start(program, arguments)) {}
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { end(); }

  const Channel& channel() const { return channel_; }

  /// The way in which the process ended. If a host waits for every child, or ignores SIGCHLD, it is unknown: both
  /// are 0.
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
  static Started start(std::span<const std::byte> program, std::span<const char* const> arguments);
  explicit ChildProcess(Started started) : channel_(started.channel), id_(started.id) {}

  Channel channel_;
  pid_t id_;
};

}  // namespace isthmus::interchange
