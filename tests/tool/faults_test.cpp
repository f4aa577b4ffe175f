// A full disk, a folder that cannot be written, a closed pipe: one clear line, exit code 1, earlier files whole.
#include "support.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <map>

#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

/// No file may grow beyond so many bytes, for this process and the commands that it runs, until the scope ends.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    if (::getrlimit(RLIMIT_FSIZE, &old_) != 0) throw std::runtime_error("getrlimit");
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("setrlimit");
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

using Content = std::map<std::string, std::string>;

/// Every file below `folder` and what is in it.
Content content_of(const fs::path& folder) {
  Content files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_bytes(entry.path());
  return files;
}

using Command = std::vector<std::string>;

/// Every command that writes one file, and that file's place among its arguments, which is the last one.
std::vector<Command> writing_commands(const std::string& folder) {
  return {{"encode", "run/encoder.safetensors", "images", folder + "codes.npy"},
          {"decode", "run/decoder.safetensors", "codes.npy", folder + "decoded.npy"},
          {"reconstruct", "run/autoencoder.safetensors", "images", folder + "restored.npy"},
          {"latent", "run/encoder.safetensors", "--data", "images", "--labels", "labels", "--out",
           folder + "latent.png"},
          {"sample", "run/decoder.safetensors", "--out", folder + "samples.png"},
          {"interpolate", "run/autoencoder.safetensors", "--data", "images", "--out", folder + "way.png"},
          {"export", "run/encoder.safetensors", "--c-header", folder + "encoder.h"},
          {"schedules", "shallow", "--batch", "8", "--threads", "1", "--policy", "depth_first", "--seconds",
           "0.01", "--trace", folder + "trace.json"},
          {"schedules", "shallow", "--batch", "8", "--threads", "1", "--policy", "depth_first", "--seconds",
           "0.01", "--gantt", folder + "gantt.png"}};
}

/// A place with a trained model in run/, and one file of every command that writes one.
struct Trained : Workplace {
  Trained() {
    const Outcome outcome = train_dense(*this, {"--epochs", "1", "--out", "run"});
    if (outcome.status != 0) throw std::runtime_error(outcome.err);
    isthmus::data::write_idx(path() / "labels", std::array<std::int64_t, 1>{300},
                             std::vector<std::uint8_t>(300, 1));
    for (const Command& command : writing_commands("")) {
      const Outcome made = run(command);
      if (made.status != 0) throw std::runtime_error(command.front() + ": " + made.err);
    }
  }
};

void check_fails(const Outcome& outcome, const std::string& expected) {
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.last_line().starts_with("isthmus: "));
  CHECK(outcome.last_line().find(expected) != std::string::npos);
}

}  // namespace

TEST_CASE("a disk that is full leaves every command's earlier file whole, and nothing beside it") {
  const Trained place;
  const Content before = content_of(place.path());
  for (const Command& command : writing_commands("")) {
    // Enough for what a command says, for no picture and no array.
    const FileSizeLimit limit(1000);
    const Outcome outcome = place.run(command);
    INFO(command.front() << " " << command.back());
    check_fails(outcome, "cannot write");
    CHECK(content_of(place.path()) == before);
  }
}

TEST_CASE("a disk that is full ends a training, and the earlier run's files stay") {
  const Trained place;
  const Content before = content_of(place.path());
  // A checkpoint of `dense` has 13 MB, a model 4 MB, a half 2 MB.
  for (const rlim_t bytes : {rlim_t{1000}, rlim_t{1} << 20, rlim_t{10} << 20}) {
    Outcome outcome;
    {
      const FileSizeLimit limit(bytes);
      outcome = train_dense(place, {"--epochs", "2", "--out", "run", "--resume"});
    }
    check_fails(outcome, "run/checkpoint.safetensors: cannot write: File too large");
    CHECK(content_of(place.path()) == before);
  }
  const Outcome after = train_dense(place, {"--epochs", "2", "--out", "run", "--resume"});
  CHECK(weights_of(after) == weights_of(train_dense(place, {"--epochs", "2", "--out", "whole"})));
}

TEST_CASE("a folder that cannot be written is said so") {
  const Trained place;
  const Content before = content_of(place.path());
  // In /proc nobody creates files, not even root.
  for (const Command& command : writing_commands("/proc/")) {
    INFO(command.front());
    check_fails(place.run(command), command.back() + ": cannot create a file beside it");
  }
  CHECK(content_of(place.path()) == before);
  check_fails(train_dense(place, {"--out", "/proc/run"}), "/proc/run: cannot create the folder");

  if (::geteuid() == 0) {
    WARN("skipped: permissions do not hold for root");
    return;
  }
  REQUIRE(::chmod((place / "run").c_str(), 0555) == 0);
  check_fails(train_dense(place, {"--out", "run"}), "run: cannot write into the folder: Permission denied");
  check_fails(place.run({"encode", "run/encoder.safetensors", "images", "run/codes.npy"}), "Permission denied");
  REQUIRE(::chmod((place / "run").c_str(), 0755) == 0);
  CHECK(content_of(place.path()) == before);
}

TEST_CASE("a closed pipe is exit code 1 and one line, and files are whole") {
  const Trained place;
  const Content before = content_of(place.path());
  std::vector<Command> commands = writing_commands("");
  // These two measure: what they write is another time line in each run.
  commands.resize(commands.size() - 2);
  const std::vector<Command> more{{"graphs"},
                                  {"graphs", "--json"},
                                  {"--help"},
                                  {"inspect", "denoising"},
                                  {"inspect", "dense", "--stage", "plan", "--as", "json"},
                                  {"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"}};
  commands.insert(commands.end(), more.begin(), more.end());
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ::close(ends[0]);
  for (const Command& command : commands) {
    INFO(command.front());
    const Outcome outcome = place.run(command, "", ends[1]);
    check_fails(outcome, "standard output: cannot write: Broken pipe");
    CHECK(outcome.says_one_line());
  }
  CHECK(content_of(place.path()) == before);
  const Command train{"train",   "dense", "--data", "images", "--epochs", "1",
                      "--batch", "64",    "--out",  "new",    "--json"};
  const Outcome training = place.run(train, "", ends[1]);
  ::close(ends[1]);
  check_fails(training, "standard output: cannot write: Broken pipe");
  CHECK(place.text("new/encoder.safetensors") == place.text("run/encoder.safetensors"));
}
