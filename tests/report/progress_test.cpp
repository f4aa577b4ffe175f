#include <isthmus/report/progress.hpp>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "report/scratch.hpp"
#include "support/catch.hpp"

namespace {
thread_local long allocations = 0;
}

// Counted, to prove that update() makes none. All pairs are replaced together, or AddressSanitizer would see
// memory of its own freed by ours; inlined, they would look mismatched to GCC.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size ? size : 1);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

using isthmus::report::Progress;
using Clock = std::chrono::steady_clock;

/// A terminal of the given width: what is written to stream() can be read as output().
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : kind_("TERM", "xterm"), master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) throw std::runtime_error("no pty");
    const int slave = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    const winsize size{24, columns, 0, 0};
    if (slave < 0 || ::ioctl(slave, TIOCSWINSZ, &size) != 0) throw std::runtime_error("no terminal");
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
    stream_ = ::fdopen(slave, "w");
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    std::fclose(stream_);
    ::close(master_);
  }
  std::FILE* stream() const { return stream_; }
  /// All that was written so far.
  const std::string& output() {
    char block[4096];
    for (ssize_t count; (count = ::read(master_, block, sizeof block)) > 0;) {
      output_.append(block, static_cast<std::size_t>(count));
    }
    return output_;
  }

 private:
  Environment kind_;
  int master_;
  std::FILE* stream_;
  std::string output_;
};

/// The lines on a terminal after `output`, and the length of the longest line that it has ever shown.
struct Screen {
  std::vector<std::string> lines{""};
  std::size_t widest = 0;

  explicit Screen(const std::string& output) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      if (output[i] == '\r') {
        column = 0;
      } else if (output[i] == '\n') {
        lines.emplace_back();
        column = 0;
      } else if (output.compare(i, 3, "\x1b[K") == 0) {
        lines.back().resize(column);
        i += 2;
      } else {
        if (lines.back().size() <= column) lines.back().resize(column + 1);
        lines.back()[column++] = output[i];
        widest = std::max(widest, column);
      }
    }
  }
};

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

void wait(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

}  // namespace

TEST_CASE("without a terminal there is one plain line per epoch") {
  Scratch scratch;
  const auto path = scratch / "log";
  std::FILE* stream = std::fopen(path.c_str(), "w");
  {
    Progress progress(stream, 12, 100);
    for (int epoch = 1; epoch <= 2; ++epoch) {
      for (long done = 10; done <= 100; done += 10) progress.update(epoch, done, 0.5);
      wait(120);
      progress.update(epoch, 100, 0.5);
      CHECK(count(read_file(path), "\n") == epoch - 1);
      if (epoch == 1) progress.finish_epoch(1, 0.03125, 0.0625, 1.5);
    }
    progress.finish_epoch(2, 12345678, std::nullopt, 0.25);
  }
  std::fclose(stream);
  CHECK(read_file(path) ==
        "epoch  1/12  1.50 s  training loss 0.03125  validation loss 0.0625\n"
        "epoch  2/12  0.25 s  training loss 1.23457e+07\n");
}

TEST_CASE("on a terminal the bar gives way to the epoch's line") {
  Terminal terminal(100);
  Progress progress(terminal.stream(), 3, 60000);
  wait(110);
  progress.update(1, 1024, 0.25);
  const Screen during(terminal.output());
  REQUIRE(during.lines.size() == 1);
  CHECK(during.lines[0].rfind("epoch 1/3  [>", 0) == 0);
  CHECK(count(during.lines[0], "   1/59 ") + count(during.lines[0], "  1/59 ") >= 1);
  CHECK(count(during.lines[0], "loss 0.25 ") == 1);
  progress.finish_epoch(1, 0.5, 0.75, 2);
  const Screen after(terminal.output());
  REQUIRE(after.lines.size() == 2);
  CHECK(after.lines[0] == "epoch 1/3  2.00 s  training loss 0.5  validation loss 0.75");
  CHECK(after.lines[1].empty());
  wait(110);
  progress.update(2, 60000, 0.25);
  CHECK(count(Screen(terminal.output()).lines[1], "epoch 2/3  [====") == 1);
}

TEST_CASE("the bar is cleared when training ends early") {
  Terminal terminal(100);
  {
    Progress progress(terminal.stream(), 3, 100);
    wait(110);
    progress.update(1, 10, 1);
    CHECK_FALSE(Screen(terminal.output()).lines[0].empty());
  }
  CHECK(Screen(terminal.output()).lines[0].empty());
}

TEST_CASE("the bar is as wide as the terminal allows") {
  for (const int columns : {1, 2, 13, 30, 79, 80, 200, 1000}) {
    Terminal terminal(static_cast<unsigned short>(columns));
    Progress progress(terminal.stream(), 1000, 123456789);
    wait(110);
    progress.update(1000, 12345678, 1.23456789e-12);
    CHECK(Screen(terminal.output()).widest < static_cast<std::size_t>(columns));
  }
}

TEST_CASE("the bar is drawn ten times a second at most") {
  Terminal terminal(100);
  const auto start = Clock::now();
  Progress progress(terminal.stream(), 1, 1'000'000'000);
  for (long done = 1; Clock::now() - start < std::chrono::milliseconds(350); ++done) progress.update(1, done, 0.5);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const int drawn = count(terminal.output(), "epoch 1/1");
  CHECK(drawn >= 1);
  CHECK(drawn <= seconds / 0.1);
}

TEST_CASE("update allocates nothing, drawn or not") {
  Terminal terminal(100);
  Progress progress(terminal.stream(), 3, 1'000'000);
  progress.finish_epoch(1, 1, 1, 1);  // the stream has its buffer now
  const long before = allocations;
  for (long done = 1; done < 1000; ++done) progress.update(2, done, 0.5);
  wait(110);
  progress.update(2, 1000, 0.5);
  CHECK(allocations == before);
  CHECK(count(terminal.output(), "epoch 2/3") == 1);
}

TEST_CASE("a terminal that cannot clear a line gets plain lines") {
  Terminal terminal(100);
  const Environment kind("TERM", "dumb");
  Progress progress(terminal.stream(), 1, 100);
  wait(110);
  progress.update(1, 50, 0.5);
  CHECK(terminal.output().empty());
  progress.finish_epoch(1, 1, 1, 1);
  CHECK(terminal.output() == "epoch 1/1  1.00 s  training loss 1  validation loss 1\r\n");
}
