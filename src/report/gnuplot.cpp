#include "report/gnuplot.hpp"

#include <isthmus/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace isthmus::report {
namespace {

Error failed(const std::string& reason) { return Error("gnuplot: " + reason); }

Error missing() { return failed("not found: expected the command gnuplot (package gnuplot-nox)"); }

std::string message(int error_number) { return std::generic_category().message(error_number); }

/// A folder that only we can enter, gone with the object.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::error_code error;
    auto parent = std::filesystem::temp_directory_path(error);
    if (error) throw failed("cannot find the folder for temporary files: " + error.message());
    std::string name = (parent / "isthmus-XXXXXX").string();
    if (!::mkdtemp(name.data())) {
      throw failed(fmt::format("cannot create a folder in {}: {}", parent.string(), message(errno)));
    }
    path_ = name;
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// The standard streams of the child process. They are files: a pipe could fill up, or raise SIGPIPE in a host
/// that does not expect it.
class Streams {
 public:
  Streams(const std::string& input, const std::string& log) {
    int error = ::posix_spawn_file_actions_init(&actions_);
    if (error != 0) throw failed("cannot prepare to start it: " + message(error));
    error = ::posix_spawn_file_actions_addopen(&actions_, 0, input.c_str(), O_RDONLY, 0);
    if (!error) error = ::posix_spawn_file_actions_addopen(&actions_, 1, log.c_str(), O_WRONLY | O_CREAT, 0600);
    if (!error) error = ::posix_spawn_file_actions_adddup2(&actions_, 1, 2);
    if (error == 0) return;
    ::posix_spawn_file_actions_destroy(&actions_);
    throw failed("cannot prepare to start it: " + message(error));
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams() { ::posix_spawn_file_actions_destroy(&actions_); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Starts gnuplot and waits for it. Returns whether it says that all went well.
bool run(const Streams& streams) {
  char name[] = "gnuplot";
  char no_user_settings[] = "-d";
  char from_standard_input[] = "-";
  char* const arguments[] = {name, no_user_settings, from_standard_input, nullptr};
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, name, streams.get(), nullptr, arguments, environ);
  if (error == ENOENT) throw missing();
  if (error != 0) throw failed("cannot start it: " + message(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno == EINTR) continue;
    // The host ignores SIGCHLD: the status is lost, and what was drawn must tell.
    if (errno == ECHILD) return true;
    throw failed("cannot wait for it: " + message(errno));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// gnuplot shows the command, points at the error, and says what it is in the last line.
std::string last_line(const std::string& log) {
  const auto end = log.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "it failed without a message";
  const auto line_end = log.rfind('\n', end);
  const auto begin = log.find_first_not_of(" \t", line_end == std::string::npos ? 0 : line_end + 1);
  return log.substr(begin, end + 1 - begin);
}

}  // namespace

std::string run_gnuplot(std::string_view script) {
  const PrivateFolder folder;
  const std::string input = folder.file("script"), output = folder.file("output"), log = folder.file("log");
  std::ofstream file(input, std::ios::binary);
  file << "set output " << gnuplot_quoted(output) << '\n' << script << "unset output\n";
  file.close();
  if (!file) throw failed("cannot write its script into " + input);
  const bool succeeded = run(Streams(input, log));
  std::string bytes = read(output);
  if (!succeeded || bytes.empty()) throw failed(last_line(read(log)));
  return bytes;
}

std::string gnuplot_terminal(ImageFormat format, int width, int height, int letters) {
  const bool is_svg = format == ImageFormat::svg;
  return fmt::format("set encoding utf8\nset terminal {} size {},{}{} font '{},{}' background '#ffffff'\n",
                     is_svg ? "svg" : "pngcairo", width, height, is_svg ? " dynamic" : "",
                     is_svg ? "sans-serif" : "sans", letters);
}

std::string gnuplot_quoted(std::string_view text) {
  // Within single quotes gnuplot expands nothing, no backslash and no `command` either.
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
  }
  return quoted + '\'';
}

}  // namespace isthmus::report
