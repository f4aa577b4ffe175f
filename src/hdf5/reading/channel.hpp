// A connection between two processes.
#pragma once

#include <cstddef>

namespace isthmus::interchange {

/// One end of a channel, closed at the end of its scope.
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

}  // namespace isthmus::interchange
