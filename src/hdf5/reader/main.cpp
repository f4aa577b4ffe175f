// The program that reads files for others: the library HDF5 can crash, hang or want too much memory here, and
// nobody is harmed. isthmus::hdf5 carries it within itself and starts it (src/hdf5/child_process.hpp).
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "hdf5/reading/question.hpp"

int main() {
  using namespace isthmus::interchange;
  // A crash, which is expected here, writes no core file; the host's open descriptors are closed.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::close_range(reader_channel + 1, ~0u, 0);
  // The signal that ends this process must reach the host; handlers can only be those of a sanitizer.
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(number, SIG_DFL);
  // The process was started from a file without a name, whose number would be shown otherwise.
  ::prctl(PR_SET_NAME, "isthmus-hdf5");
  [&]() noexcept { serve(Channel(reader_channel)); }();
  // HDF5 has nothing to write, so that there is nothing to end.
  ::_exit(0);
}
