#include "child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace isthmus::interchange {
namespace {

void require(int error, const char* action) {
  if (error != 0) throw std::system_error(error, std::generic_category(), action);
}

/// A descriptor, closed at the end of its scope.
class Descriptor {
 public:
  Descriptor(int descriptor, const char* action) : descriptor_(descriptor) {
    require(descriptor < 0 ? errno : 0, action);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// A duplicate of the descriptor with a number that the child does not use, whatever numbers are free in this
/// process.
Descriptor out_of_the_way(const Descriptor& file) {
  return Descriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, 16), "keep a descriptor");
}

/// A file without a name that holds the program.
Descriptor file_of(std::span<const std::byte> program) {
  const Descriptor file(::memfd_create("isthmus-program", MFD_CLOEXEC), "make room for a program");
  for (std::size_t done = 0; done < program.size();) {
    const ssize_t written = ::write(file.get(), program.data() + done, program.size() - done);
    if (written < 0 && errno == EINTR) continue;
    require(written <= 0 ? errno : 0, "make room for a program");
    done += static_cast<std::size_t>(written);
  }
  // The system does not start a program that is open for writing, as it is here: so it is opened again for
  // reading.
  return Descriptor(::open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY | O_CLOEXEC),
                    "open a program");
}

/// The file actions and attributes for posix_spawn.
class Orders {
 public:
  Orders() {
    require(::posix_spawn_file_actions_init(&files_), "describe a process");
    require(::posix_spawnattr_init(&attributes_), "describe a process");
  }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;
  ~Orders() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void give_channel(int descriptor) {
    require(::posix_spawn_file_actions_adddup2(&files_, descriptor, 3), "describe a process");
    for (int standard = 0; standard < 3; ++standard)
      require(::posix_spawn_file_actions_addopen(&files_, standard, "/dev/null", O_RDWR, 0), "describe a process");
  }

  void give_usual_signals() {
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }

  pid_t spawn(const std::string& path, std::span<const char* const> arguments) const {
    // posix_spawn changes none of them.
    std::vector<char*> list;
    for (const char* const argument : arguments) list.push_back(const_cast<char*>(argument));
    list.push_back(nullptr);
    pid_t id = 0;
    require(::posix_spawn(&id, path.c_str(), &files_, &attributes_, list.data(), environ), "start a program");
    return id;
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

}  // namespace

ChildProcess::Started ChildProcess::start(std::span<const std::byte> program,
                                          std::span<const char* const> arguments) {
  int ends[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno, "connect two processes");
  Descriptor here(ends[0], ""), there(ends[1], "");
  const Descriptor file = out_of_the_way(file_of(program)), channel = out_of_the_way(there);
  Orders orders;
  orders.give_channel(channel.get());
  orders.give_usual_signals();
  const pid_t id = orders.spawn("/proc/self/fd/" + std::to_string(file.get()), arguments);
  return {here.release(), id};
}

ChildProcess::End ChildProcess::end() {
  channel_.close();
  const pid_t id = std::exchange(id_, -1);
  int status = 0;
  while (id > 0 && ::waitpid(id, &status, 0) < 0)
    if (errno != EINTR) return {};
  return WIFSIGNALED(status) ? End{WTERMSIG(status), 0} : End{0, WEXITSTATUS(status)};
}

}  // namespace isthmus::interchange
