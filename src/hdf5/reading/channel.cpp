#include "channel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace isthmus::interchange {

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

}  // namespace isthmus::interchange
