// How many threads a process takes that nobody has told: by the machine, its affinity mask and its cgroups, which
// are files in a folder here.
#include <isthmus/run/processors.hpp>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

#include <sched.h>

#include <fstream>

using namespace isthmus;
using run::Processors;

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

/// A machine's /proc and /sys.
class System {
 public:
  System(const std::string& cgroup, const std::string& mountinfo) {
    write("proc/self/cgroup", cgroup);
    write("proc/self/mountinfo", mountinfo);
  }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = folder_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << '\n';
  }
  double quota() const { return run::find_processors(folder_.path().string()).quota; }

 private:
  TemporaryFolder folder_;
};

constexpr const char* second =
    "22 26 0:20 / /proc rw shared:12 - proc proc rw\n"
    "35 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
constexpr const char* first =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:3 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset";

}  // namespace

TEST_CASE("a quota of cgroup v2 is read") {
  const System system("0::/batch/job", second);
  CHECK(system.quota() == unlimited);  // The root has no cpu.max.
  system.write("sys/fs/cgroup/batch/job/cpu.max", "max 100000");
  CHECK(system.quota() == unlimited);
  system.write("sys/fs/cgroup/batch/job/cpu.max", "50000 100000");
  CHECK(system.quota() == 0.5);
}

TEST_CASE("the smallest quota on the way up counts, and none beside it") {
  const System system("0::/batch/job/step", second);
  system.write("sys/fs/cgroup/batch/job/step/cpu.max", "400000 100000");
  CHECK(system.quota() == 4);
  system.write("sys/fs/cgroup/batch/cpu.max", "150000 50000");
  CHECK(system.quota() == 3);
  system.write("sys/fs/cgroup/batch/job/cpu.max", "20000 10000");
  CHECK(system.quota() == 2);
  system.write("sys/fs/cgroup/batch/other/cpu.max", "10000 100000");
  CHECK(system.quota() == 2);
  system.write("sys/fs/cgroup/cpu.max", "100000 100000");  // as a container sees its own group
  CHECK(system.quota() == 1);
}

TEST_CASE("a quota of cgroup v1 is read, of the controller cpu alone") {
  const System system("5:cpuset:/other\n4:cpu,cpuacct:/batch/job\n1:name=systemd:/x\n0::/", first);
  CHECK(system.quota() == unlimited);
  system.write("sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_quota_us", "-1");
  system.write("sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_period_us", "100000");
  CHECK(system.quota() == unlimited);
  system.write("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "250000");
  system.write("sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000");
  CHECK(system.quota() == 2.5);
  system.write("sys/fs/cgroup/cpuset/other/cpu.cfs_quota_us", "1");
  CHECK(system.quota() == 2.5);
}

TEST_CASE("both versions may limit a process") {
  const System system("4:cpu:/a\n0::/b",
                      "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
  system.write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "300000");
  system.write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000");
  CHECK(system.quota() == 3);
  system.write("sys/fs/cgroup/unified/b/cpu.max", "200000 100000");
  CHECK(system.quota() == 2);
}

TEST_CASE("a container sees a part of the hierarchy, at a place with a blank in its name") {
  const System system("4:cpu,cpuacct:/docker/7f/inner",
                      R"(32 31 0:29 /docker/7f /sys/fs/c\040groups rw - cgroup cgroup rw,cpu,cpuacct)");
  system.write("sys/fs/c groups/inner/cpu.cfs_quota_us", "100000");
  system.write("sys/fs/c groups/inner/cpu.cfs_period_us", "100000");
  CHECK(system.quota() == 1);
  // A group outside of what is seen: that at the top of it.
  const System outside("4:cpu:/elsewhere", "32 31 0:29 /docker/7f /sys/fs/cgroup rw - cgroup cgroup rw,cpu");
  outside.write("sys/fs/cgroup/cpu.cfs_quota_us", "150000");
  outside.write("sys/fs/cgroup/cpu.cfs_period_us", "100000");
  CHECK(outside.quota() == 1.5);
}

TEST_CASE("what makes no sense, or is not there, limits nothing") {
  for (const char* text : {"", "x", "50000", "0 100000", "50000 0", "-1 100000", "50000 x"}) {
    INFO(text);
    const System system("0::/", second);
    system.write("sys/fs/cgroup/cpu.max", text);
    CHECK(system.quota() == unlimited);
  }
  CHECK(System("", "").quota() == unlimited);
  CHECK(System("::\n0\n:", "1 2 3\n- cgroup2\n").quota() == unlimited);
  CHECK(run::find_processors("/nowhere").quota == unlimited);
}

TEST_CASE(
    "threads are bounded by the machine, the mask and the quota, and processes share the first and the last") {
  CHECK(Processors{8, 8, unlimited}.threads_of_each() == 8);
  CHECK(Processors{8, 3, unlimited}.threads_of_each() == 3);
  CHECK(Processors{8, 8, 2.5}.threads_of_each() == 2);
  CHECK(Processors{8, 1, 2.5}.threads_of_each() == 1);
  CHECK(Processors{8, 8, 0.5}.threads_of_each() == 1);
  // mpirun binds each rank to its own processors: they are not divided once more.
  CHECK(Processors{8, 8, unlimited}.threads_of_each(3) == 2);
  CHECK(Processors{8, 4, unlimited}.threads_of_each(2) == 4);
  CHECK(Processors{8, 8, 4}.threads_of_each(2) == 2);
  CHECK(Processors{8, 8, 1.5}.threads_of_each(2) == 1);
  CHECK(Processors{2, 2, unlimited}.threads_of_each(5) == 1);
}

TEST_CASE("the affinity mask of this process counts") {
  cpu_set_t before;
  CPU_ZERO(&before);
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(run::find_processors().bound_to == CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(run::find_processors().threads_of_each() == 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}
