#include "child_process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace isthmus::interchange {
namespace {

[[noreturn]] void fail(int error, const char* action) {
  throw std::system_error(error, std::generic_category(), action);
}

/// No signal is delivered while it lives: a handler of the host's must not run in the child.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

/// In the child: forgets the host's signals and descriptors, all but `kept`, and gives that one's new number.
int leave_host(int kept) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
  // Where the host has closed its own standard streams, `kept` may be one of their numbers.
  const int channel = ::fcntl(kept, F_DUPFD, 3);
  const int nothing = ::open("/dev/null", O_RDWR);
  if (channel < 0 || nothing < 0) ::_exit(1);
  for (int standard = 0; standard < 3; ++standard) ::dup2(nothing, standard);
  const auto number = static_cast<unsigned>(channel);
  if (number > 3) ::close_range(3, number - 1, 0);
  ::close_range(number + 1, ~0u, 0);
  return channel;
}

/// Bytes of memory that are this process's alone, as RLIMIT_DATA counts them: proc(5), /proc/pid/statm, "data".
std::optional<std::uint64_t> own_memory() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  if (!(file >> size >> resident >> shared >> text >> library >> data)) return std::nullopt;
  return data * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

bool Channel::send(const void* bytes, std::size_t size) const {
  for (const char* at = static_cast<const char*>(bytes); size > 0;) {
    const ssize_t sent = ::send(descriptor_, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool Channel::receive(void* bytes, std::size_t size) const {
  for (char* at = static_cast<char*>(bytes); size > 0;) {
    const ssize_t got = ::recv(descriptor_, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void Channel::close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor >= 0) ::close(descriptor);
}

ChildProcess::Started ChildProcess::start(const Work& work) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail(errno, "connect two processes");
  pid_t id = 0;
  int error = 0;
  {
    const BlockedSignals quiet;
    id = ::fork();
    error = errno;
    if (id == 0) {
      const Channel to_parent(leave_host(ends[1]));
      [&]() noexcept { work(to_parent); }();
      // Not exit: what the host has registered for its end, and its destructors, are not for this process.
      ::_exit(0);
    }
  }
  ::close(ends[1]);
  if (id > 0) return {ends[0], id};
  ::close(ends[0]);
  fail(error, "start a process");
}

ChildProcess::End ChildProcess::end() {
  channel_.close();
  const pid_t id = std::exchange(id_, -1);
  int status = 0;
  while (id > 0 && ::waitpid(id, &status, 0) < 0)
    if (errno != EINTR) return {};
  return WIFSIGNALED(status) ? End{WTERMSIG(status), 0} : End{0, WEXITSTATUS(status)};
}

void limit_memory(std::uint64_t bytes) {
  const auto own = own_memory();
  rlimit limit{};
  if (!own || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(*own + bytes, limit.rlim_max);
  ::setrlimit(RLIMIT_DATA, &limit);
}

void limit_time(std::chrono::seconds limit) { ::alarm(static_cast<unsigned>(limit.count())); }

}  // namespace isthmus::interchange
