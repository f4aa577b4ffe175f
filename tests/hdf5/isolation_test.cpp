// Failures that the library HDF5 may have in its own process: their only result is an error.
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <fcntl.h>
#include <hdf5.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <numeric>
#include <span>
#include <system_error>

#include "data/temporary_folder.hpp"
#include "hdf5/child_process.hpp"
#include "hdf5/reading/limits.hpp"
#include "hdf5/reading/message.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using std::chrono::seconds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

const Hdf5Isolation in_this_process{.own_process = false};
const Hdf5Isolation impatient{.own_process = true, .most_silence = seconds{1}};

/// Files for the fuzzer to begin with, and those that it has found faults of the library with.
const std::filesystem::path corpus = std::filesystem::path(ISTHMUS_FUZZ) / "corpus/hdf5";
const std::filesystem::path faults = std::filesystem::path(ISTHMUS_FUZZ) / "faults/hdf5";

int open_descriptors() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

/// The results or the error messages of each way of reading, with the file's values.
std::string all_of(const Hdf5File& file) {
  std::string all;
  const auto add = [&all](const auto& read) {
    Packer packer;
    try {
      packer.put(read());
      all += packer.bytes();
    } catch (const Error& error) {
      all += error.what();
    }
  };
  std::vector<std::string> names;
  add([&] { return names = file.datasets(); });
  for (const std::string& name : names) {
    add([&] { return file.info(name); });
    add([&] { return file.read(name); });
    add([&] { return file.read_bytes(name); });
    add([&] { return file.read_rows(name, 1, 2); });
    add([&] { return file.read_rows(name, 0, 9); });
  }
  names.insert(names.end(), {"/", "/layers", "/made", "/none of these"});
  for (const std::string& object : names)
    for (const char* attribute : {"format", "names", "count", "bound"}) {
      add([&] { return file.texts(object, attribute); });
      add([&] { return file.number(object, attribute); });
    }
  return all;
}

/// A child that runs these words of the shell.
ChildProcess shell(const char* words) {
  static const std::string program = read_bytes("/bin/sh");
  const char* const arguments[] = {"sh", "-c", words};
  return {std::as_bytes(std::span(program)), arguments};
}

/// The way in which such a child has ended.
ChildProcess::End end_of(const char* words) {
  ChildProcess child = shell(words);
  char byte = 0;
  CHECK_FALSE(child.channel().receive(&byte, 1));
  return child.end();
}

/// The way in which a copy of this process that does `work` has ended.
template <class Work>
ChildProcess::End end_of_copy(const Work& work) {
  const pid_t id = ::fork();
  if (id == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(id, &status, 0) == id);
  return WIFSIGNALED(status) ? ChildProcess::End{WTERMSIG(status), 0} : ChildProcess::End{0, WEXITSTATUS(status)};
}

}  // namespace

TEST_CASE("a child's crash and its exit are told apart") {
  CHECK(end_of("kill -SEGV $$").signal == SIGSEGV);
  CHECK(end_of("kill -ABRT $$").signal == SIGABRT);
  CHECK(end_of("exit 3").exit_code == 3);
  const ChildProcess::End usual = end_of("exit 0");
  CHECK(usual.signal == 0);
  CHECK(usual.exit_code == 0);
  CHECK_FALSE(has_children());
}

TEST_CASE("what is no program is not started, and nothing of it is left") {
  const int descriptors = open_descriptors();
  const std::string_view text = "no program";
  const char* const arguments[] = {"none"};
  CHECK_THROWS_AS(ChildProcess(std::as_bytes(std::span(text)), arguments), std::system_error);
  CHECK(open_descriptors() == descriptors);
  CHECK_FALSE(has_children());
}

TEST_CASE("a process that is silent for too long is ended") {
  const auto hang = [] {
    limit_time(seconds{1});
    for (;;) ::pause();
  };
  CHECK(end_of_copy(hang).signal == SIGALRM);
}

TEST_CASE("a process gets no more memory than its limit") {
  const auto take = [](std::size_t bytes) {
    return end_of_copy([bytes] {
      limit_memory(std::uint64_t{256} << 20);
      void* const place = ::operator new(bytes, std::nothrow);
      ::_exit(place == nullptr ? 3 : 0);
    });
  };
  CHECK(take(std::size_t{16} << 20).exit_code == 0);
  const ChildProcess::End greedy = take(std::size_t{1} << 30);
  // The sanitizers end a process that asks for too much.
  CHECK((greedy.exit_code == 3 || (sanitized && (greedy.exit_code != 0 || greedy.signal != 0))));
}

TEST_CASE("a child has nothing of its parent's streams and signals") {
  struct sigaction before{};
  struct sigaction ignored{};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGUSR1, &ignored, &before);
  sigset_t blocked, mask;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  CHECK(end_of("test ! -t 0 && test ! -t 1 && test -c /dev/stdout && kill -USR1 $$").signal == SIGUSR1);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("a process that reads a file holds nothing open of its host's") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);  // without O_CLOEXEC
  const Hdf5File file(corpus / "sample");
  // Only this process has the end to write to.
  ::close(ends[1]);
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 0);
  ::close(ends[0]);
  CHECK(file.read_bytes("/bytes").size() == 4);
}

TEST_CASE("a copy of this process, with what it does before fork, is not made") {
  static int copies = 0;
  REQUIRE(::pthread_atfork([] { ++copies; }, nullptr, nullptr) == 0);
  const Hdf5File file(corpus / "sample");
  CHECK(file.read_bytes("/bytes").size() == 4);
  CHECK(copies == 0);
}

TEST_CASE("a message that ends too early, or counts more than it has, takes no memory") {
  Packer packer;
  packer.put(std::vector<std::string>{"a", "", "longer"});
  packer.put(Hdf5Info{.shape = {2, 3}, .is_bytes = true, .is_integer = true});
  packer.put(std::optional<double>());
  const std::string whole = packer.bytes();
  std::vector<std::string> texts;
  Hdf5Info info;
  std::optional<double> number = 1.0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    Unpacker unpacker(std::string_view(whole).substr(0, size));
    const auto take_all = [&] { unpacker.take(texts), unpacker.take(info), unpacker.take(number); };
    if (size < whole.size()) CHECK_THROWS_AS(take_all(), std::out_of_range);
    else take_all();
  }
  CHECK(texts == std::vector<std::string>{"a", "", "longer"});
  CHECK(info.shape == std::vector<std::int64_t>{2, 3});
  CHECK(info.is_bytes);
  CHECK(info.is_integer);
  CHECK_FALSE(info.may_be_missing);
  CHECK_FALSE(info.is_dimension);
  CHECK_FALSE(number.has_value());
  Packer lying;
  lying.put(~std::size_t{0});
  CHECK_THROWS_AS(Unpacker(lying.bytes()).take(texts), std::out_of_range);
}

TEST_CASE("an isolated file gives the same bits and the same complaints as one that is read here") {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    INFO(entry.path().filename());
    const auto all = [&](const Hdf5Isolation& isolation) {
      try {
        return all_of(Hdf5File(entry.path(), isolation));
      } catch (const FileError& error) {
        return std::string(error.what());
      }
    };
    CHECK(all({}) == all(in_this_process));
    ++compared;
  }
  CHECK(compared > 10);
  CHECK(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0);
}

TEST_CASE("values that come in pieces are all there, wherever chunks end") {
  const TemporaryFolder folder;
  const auto path = folder / "large.h5";
  // 5 MB: several pieces, and none of them ends with a row.
  constexpr hsize_t rows = 1237, columns = 1009, chunk_rows = 100;
  std::vector<float> values(rows * columns);
  std::iota(values.begin(), values.end(), -1000.0f);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extents[] = {rows, columns}, chunk[] = {chunk_rows, 333};
  const hid_t space = H5Screate_simple(2, extents, nullptr), chunks = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(chunks, 2, chunk);
  H5Pset_deflate(chunks, 1);
  using Named = std::pair<const char*, hid_t>;
  for (const auto& [name, properties] : {Named("plain", H5P_DEFAULT), Named("chunks", chunks)}) {
    const hid_t set = H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    REQUIRE(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    H5Dclose(set);
  }
  H5Pclose(chunks);
  H5Sclose(space);
  H5Fclose(file);
  const Hdf5File large(path);
  for (const char* name : {"plain", "chunks"}) {
    CHECK(large.read(name) == values);
    for (const auto& [first, count] : {std::pair(0, 1), {99, 2}, {250, 900}, {1237, 0}}) {
      const auto begin = values.begin() + first * std::ptrdiff_t{columns};
      CHECK(large.read_rows(name, first, count) ==
            std::vector<float>(begin, begin + count * std::ptrdiff_t{columns}));
    }
  }
}

TEST_CASE("what crashes HDF5, or keeps it busy for ever, is one clear error each time that it is asked") {
  const int descriptors = open_descriptors();
  const std::string expected = ": expected an HDF5 file that the library HDF5 can read, found one ";
  for (const auto& [name, found] : {std::pair("crash_division", "that crashes it (signal 8)"),
                                    std::pair("hang", "for which it takes more than 1 s")}) {
    const std::filesystem::path path = faults / name;
    const Hdf5File file(path, impatient);
    const std::string all = all_of(file), complaint = path.string() + expected + found;
    // Another release of HDF5 may know better, and read the file or refuse it.
    if (std::string_view(H5_VERS_INFO).find("1.10.8") == std::string_view::npos) continue;
    CHECK(all.find(complaint) != std::string::npos);
    CHECK(message_of<FileError>([&] { file.datasets(); }) == complaint);
    CHECK(message_of<FileError>([&] { file.read("/x"); }) == complaint);
  }
  // The result for these files depends on the data that lie next to them in memory.
  for (const char* name : {"crash_address", "crash_bus", "crash_on_open"}) {
    try {
      all_of(Hdf5File(faults / name, impatient));
    } catch (const FileError&) {
    }
  }
  CHECK_FALSE(has_children());
  CHECK(open_descriptors() == descriptors);
}

TEST_CASE("a host that ignores its children's ends can read, and so can one without standard streams") {
  const auto read_sample = [] {
    const Hdf5File file(corpus / "sample");
    return file.read_bytes("/bytes").size() == 4;
  };
  void (*const before)(int) = std::signal(SIGCHLD, SIG_IGN);
  CHECK(read_sample());
  CHECK_THROWS_AS(Hdf5File(faults / "crash_division").info("/x"), FileError);
  std::signal(SIGCHLD, before);
  // In a copy, which this program's own streams do not depend on.
  const ChildProcess::End end = end_of_copy([&] {
    for (int standard = 0; standard < 3; ++standard) ::close(standard);
    ::_exit(read_sample() ? 0 : 1);
  });
  CHECK(end.signal == 0);
  CHECK(end.exit_code == 0);
}
