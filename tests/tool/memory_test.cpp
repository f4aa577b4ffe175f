// How much memory there is, as the system and the control groups have it.
#include "run/machine_memory.hpp"

#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using isthmus::run::available_memory;
using isthmus::run::MemoryError;
using isthmus::run::require_memory;

namespace {

/// A system's files.
struct Machine : TemporaryFolder {
  void say(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path() / name).parent_path());
    write(name, text);
  }
  std::int64_t available() const { return available_memory(path()); }
};

const std::string meminfo = "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:     800 kB\nSwapFree:  100 kB\n";

}  // namespace

TEST_CASE("available memory is what the system says, swap included") {
  const Machine machine;
  CHECK(machine.available() == std::numeric_limits<std::int64_t>::max());
  machine.say("proc/meminfo", meminfo);
  CHECK(machine.available() == 900 * 1024);
}

TEST_CASE("a control group of version 2, or one above it, leaves less") {
  const Machine machine;
  machine.say("proc/meminfo", meminfo);
  machine.say("proc/self/cgroup", "0::/a/b\n");
  machine.say("sys/fs/cgroup/a/b/memory.max", "max\n");
  machine.say("sys/fs/cgroup/a/b/memory.current", "1000\n");
  CHECK(machine.available() == 900 * 1024);
  machine.say("sys/fs/cgroup/a/memory.max", "50000\n");
  machine.say("sys/fs/cgroup/a/memory.current", "20000\n");
  CHECK(machine.available() == 30000);
  machine.say("sys/fs/cgroup/a/memory.stat", "anon 1\nfile 7000\ninactive_file 5000\n");
  CHECK(machine.available() == 35000);
  // In a container the top is what is mounted, and the path is the host's.
  machine.say("proc/self/cgroup", "0::/elsewhere\n");
  machine.say("sys/fs/cgroup/memory.max", "4000\n");
  machine.say("sys/fs/cgroup/memory.current", "5000\n");
  CHECK(machine.available() == 0);
}

TEST_CASE("a control group of version 1 leaves less") {
  const Machine machine;
  machine.say("proc/meminfo", meminfo);
  machine.say("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\n0::/\n");
  machine.say("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "60000\n");
  machine.say("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "10000\n");
  machine.say("sys/fs/cgroup/memory/x/memory.stat", "total_inactive_file 2000\n");
  CHECK(machine.available() == 52000);
}

TEST_CASE("control groups are looked for where they are mounted") {
  const Machine machine;
  machine.say("proc/meminfo", meminfo);
  machine.say("proc/self/cgroup", "4:memory:/docker/7f/inner\n0::/b\n");
  machine.say("proc/self/mountinfo",
              "32 31 0:29 /docker/7f /groups/memory rw - cgroup cgroup rw,memory\n"
              "41 31 0:38 / /groups/unified rw - cgroup2 cgroup2 rw\n");
  machine.say("sys/fs/cgroup/b/memory.max", "1\n");
  machine.say("sys/fs/cgroup/b/memory.current", "0\n");
  CHECK(machine.available() == 900 * 1024);
  machine.say("groups/unified/b/memory.max", "50000\n");
  machine.say("groups/unified/b/memory.current", "20000\n");
  CHECK(machine.available() == 30000);
  machine.say("groups/memory/inner/memory.limit_in_bytes", "60000\n");
  machine.say("groups/memory/inner/memory.usage_in_bytes", "40000\n");
  CHECK(machine.available() == 20000);
}

TEST_CASE("more memory than there is is refused with both numbers") {
  CHECK_NOTHROW(require_memory(1 << 20, "little"));
  const std::string said =
      message_of<MemoryError>([] { require_memory(std::int64_t{1} << 60, "an arena for batches of 7 samples"); });
  CHECK(said.starts_with("an arena for batches of 7 samples: expected a need of at most "));
  CHECK(said.ends_with(" bytes, which are available here, found one of 1,152,921,504,606,846,976"));
}
