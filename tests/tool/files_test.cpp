// Files that a command writes: no two of them are the same one, and devices and pipes stay what they are.
#include "support.hpp"

#include <isthmus/data/npy.hpp>

#include <sys/stat.h>

#include <map>
#include <thread>

#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

/// A place with a trained `variational` in run/, 20 samples of its own, and their codes.
struct Trained : Workplace {
  Trained() {
    write_quarters("images", 60);
    write_quarters("samples", 20);
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"train", "variational", "--data", "images", "--epochs", "1", "--batch", "20",
                                   "--out", "run"},
          {"encode", "run/encoder.safetensors", "samples", "codes.npy"}})
      if (const Outcome made = run(command); made.status != 0) throw std::runtime_error(made.err);
  }
};

}  // namespace

TEST_CASE("two names of one file are refused before anything is read or written") {
  const Trained place;
  const std::string encoder = "run/encoder.safetensors", whole = "run/autoencoder.safetensors";
  fs::create_symlink("samples", place / "link");
  fs::create_hard_link(place / "samples", place / "hard");
  fs::create_symlink("new.npy", place / "dangling");
  std::map<std::string, std::string> before;
  for (const auto& entry : fs::recursive_directory_iterator(place.path()))
    if (entry.is_regular_file()) before[entry.path()] = read_bytes(entry.path());
  const auto refused = [&](const std::vector<std::string>& command, const std::string& place_and_other) {
    INFO(command.front());
    check_refused(place.run(command), place_and_other);
    for (const auto& [path, bytes] : before) CHECK(read_bytes(path) == bytes);
    CHECK_FALSE(place.has("new.npy"));
  };
  const auto same = [](const std::string& path, const std::string& argument, const std::string& other) {
    return path + ": expected another file to write to, found " + argument + " and " + other + " to be one";
  };
  for (const char* samples : {"samples", "./samples", "run/../samples", "link", "hard"})
    refused({"encode", encoder, "samples", samples}, same(samples, "OUT", "IN"));
  refused({"encode", encoder, "samples", encoder}, same(encoder, "OUT", "FILE"));
  refused({"decode", "run/decoder.safetensors", "codes.npy", "codes.npy"}, same("codes.npy", "OUT", "IN"));
  refused({"reconstruct", whole, "samples", whole}, same(whole, "OUT", "FILE"));
  refused({"encode", encoder, "samples", "new.npy", "--also", "log_var=new.npy"},
          same("new.npy", "--also log_var", "OUT"));
  refused({"encode", encoder, "samples", "new.npy", "--also", "log_var=dangling"},
          same("dangling", "--also log_var", "OUT"));
  refused({"encode", encoder, "samples", "new.npy", "--also", "log_var=hard"},
          same("hard", "--also log_var", "IN"));
  refused({"export", encoder, encoder, "--c-header"}, same(encoder, "OUT", "FILE"));
  refused({"import", "variational", whole, whole, "--layout", "torch"}, same(whole, "OUT", "FILE"));
  refused({"latent", encoder, "--data", "samples", "--out", "samples"}, same("samples", "--out", "--data"));
  refused({"sample", whole, "--out", whole}, same(whole, "--out", "FILE"));
  refused({"interpolate", whole, "--data", "samples", "--out", "samples"}, same("samples", "--out", "--data"));
  refused({"schedules", "shallow", "--trace", "new.npy", "--gantt", "./new.npy"},
          same("./new.npy", "--gantt", "--trace"));
  // A run's folder whose picture leads to the data, or to another of its files.
  fs::create_directory(place / "linked");
  fs::create_symlink("../images", place / "linked/loss.png");
  refused({"train", "variational", "--data", "images", "--out", "linked"},
          same("linked/loss.png", "loss.png", "--data"));
  fs::remove(place / "linked/loss.png");
  fs::create_symlink("best.safetensors", place / "linked/checkpoint.safetensors");
  fs::create_symlink("checkpoint.safetensors", place / "linked/history.csv");
  refused({"train", "variational", "--data", "images", "--out", "linked"},
          same("linked/history.csv", "history.csv", "checkpoint.safetensors"));
}

TEST_CASE("standard output that is the file to write is refused, and a pipe is left to it") {
  const Trained place;
  const std::vector<std::string> into_same{"encode", "run/encoder.safetensors", "samples", "out.npy"};
  const Outcome same = place.run(into_same, (place / "out.npy").string());
  CHECK(same.status == 1);
  CHECK(same.err.find("out.npy: expected another file to write to, found OUT and standard output to be one") !=
        std::string::npos);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  std::string received;
  std::thread reader([&] {
    char block[4096];
    for (ssize_t n; (n = ::read(ends[0], block, sizeof block)) > 0;)
      received.append(block, static_cast<std::size_t>(n));
  });
  const Outcome piped = place.run({"encode", "run/encoder.safetensors", "samples", "/dev/stdout"}, "", ends[1]);
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  INFO(piped.err);
  REQUIRE(piped.status == 0);
  CHECK(received == place.text("codes.npy"));
  CHECK(piped.err.find("/dev/stdout: 20 samples of 20 values") != std::string::npos);
}

TEST_CASE("devices and pipes are written to, and stay what they are, whatever the command") {
  const Trained place;
  const auto commands = [](const std::string& out) {
    return std::vector<std::vector<std::string>>{
        {"encode", "run/encoder.safetensors", "samples", out, "--also", "log_var=/dev/null"},
        {"decode", "run/decoder.safetensors", "codes.npy", out},
        {"reconstruct", "run/autoencoder.safetensors", "samples", out},
        {"latent", "run/encoder.safetensors", "--data", "samples", "--out", out},
        {"sample", "run/decoder.safetensors", "--out", out},
        {"interpolate", "run/autoencoder.safetensors", "--data", "samples", "--out", out},
        {"export", "run/encoder.safetensors", out, "--c-header"},
        {"import", "variational", "run/autoencoder.safetensors", out, "--layout", "torch"}};
  };
  for (const auto& command : commands("/dev/null")) {
    INFO(command.front());
    const Outcome outcome = place.run(command);
    INFO(outcome.err);
    // The layouts of this file are others: an import may end with 1, and writes nothing then.
    CHECK((outcome.status == 0 || command.front() == "import"));
    CHECK(fs::is_character_file("/dev/null"));
  }
  for (const auto& command : commands("/dev/full")) {
    if (command.front() == "import") continue;
    INFO(command.front());
    CHECK(place.run(command).last_line().find("/dev/full: cannot write: No space left on device") !=
          std::string::npos);
  }
  REQUIRE(::mkfifo((place / "pipe").c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] { received = read_bytes(place / "pipe"); });
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "samples", "pipe"}).status == 0);
  reader.join();
  CHECK(received == place.text("codes.npy"));
  CHECK(fs::is_fifo(place / "pipe"));
}

TEST_CASE("a read-only file is refused before anything is computed") {
  const Trained place;
  const std::string before = place.text("codes.npy");
  REQUIRE(::chmod((place / "codes.npy").c_str(), 0444) == 0);
  if (::geteuid() == 0) {
    // Permissions do not hold for root: the command is run by somebody else.
    if (::access("/usr/bin/setpriv", X_OK) != 0) {
      WARN("skipped: no setpriv to give root's rights away with");
      return;
    }
    REQUIRE(::chmod(place.path().c_str(), 0777) == 0);
    const Outcome outcome =
        place.run_program("/usr/bin/setpriv", {"--bounding-set=-all", "--inh-caps=-all", "--reuid=65534",
                                               "--regid=65534", "--clear-groups", ISTHMUS_TOOL, "encode",
                                               "run/encoder.safetensors", "samples", "codes.npy"});
    check_refused(outcome, "codes.npy: cannot write: Permission denied");
  } else {
    check_refused(place.run({"encode", "run/encoder.safetensors", "samples", "codes.npy"}),
                  "codes.npy: cannot write: Permission denied");
  }
  CHECK(place.text("codes.npy") == before);
}
