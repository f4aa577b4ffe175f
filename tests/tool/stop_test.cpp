// A training that is asked to stop, or killed, within an epoch: nothing is lost, and what comes in the end is what
// it would have been.
#include "support.hpp"

#include <isthmus/interchange/model_file.hpp>
#include <isthmus/report/history.hpp>

#include <sys/stat.h>

#include "support/catch.hpp"

namespace {

/// 68 batches in an epoch.
std::vector<std::string> training(std::vector<std::string> more) {
  std::vector<std::string> arguments{"train", "dense", "--data", "images", "--batch", "4", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Starts a training and asks it to stop as soon as it can be asked.
Outcome stopped_by(const Workplace& place, int number, const std::vector<std::string>& more) {
  const auto run = place.start(training(more));
  wait_until([&] { return catches(run->id(), number); });
  run->signal(number);
  return run->wait();
}

/// All but the seconds.
void check_same_history(const Workplace& place, const std::string& a, const std::string& b) {
  const auto first = isthmus::report::from_csv(place / a), second = isthmus::report::from_csv(place / b);
  REQUIRE(first.epochs.size() == second.epochs.size());
  for (std::size_t i = 0; i < first.epochs.size(); ++i) {
    CHECK(first.epochs[i].train == second.epochs[i].train);
    CHECK(first.epochs[i].validation == second.epochs[i].validation);
  }
}

bool says(const Outcome& outcome, const std::string& text) { return outcome.err.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("the first signal ends a training after its step, with a checkpoint that leads to the same bits") {
  const Workplace place;
  place.write_quarters("images", 300);
  const Outcome whole = place.run(training({"--epochs", "2", "--out", "whole"}));
  for (const auto& [number, name, status] : {std::tuple{SIGINT, "SIGINT", 130}, {SIGTERM, "SIGTERM", 143}}) {
    INFO(name);
    const Outcome stopped = stopped_by(place, number, {"--epochs", "2", "--out", name});
    INFO(stopped.err);
    REQUIRE(stopped.status == status);
    CHECK(stopped.out.empty());
    // On a busy machine the signal may be there before the first step is.
    const bool has_begun = !says(stopped, "before the first step");
    CHECK(stopped.last_line().find(std::string("stopped by ") + name + (has_begun ? " in epoch " : " before ")) !=
          std::string::npos);
    CHECK(stopped.last_line().ends_with(has_begun ? " of 68 batches; continue with --resume\n"
                                                  : " step; continue with --resume\n"));
    const Outcome resumed = place.run(training({"--epochs", "2", "--out", name, "--resume"}));
    CHECK(says(resumed, has_begun ? "goes on in epoch " : "goes on before the first step"));
    CHECK(weights_of(resumed) == weights_of(whole));
    check_same_history(place, "whole/history.csv", std::string(name) + "/history.csv");
  }
}

TEST_CASE("the second signal ends a training at once") {
  const Workplace place;
  place.write_quarters("images", 300);
  std::filesystem::create_directory(place / "run");
  // Nobody reads from this pipe: the checkpoint waits for ever.
  REQUIRE(::mkfifo((place / "run/checkpoint.safetensors").c_str(), 0600) == 0);
  const auto run = place.start(training({"--out", "run"}));
  wait_until([&] { return catches(run->id(), SIGTERM); });
  run->signal(SIGTERM);
  wait_until([&] { return !catches(run->id(), SIGTERM); });
  run->signal(SIGTERM);
  const Outcome ended = run->wait();
  CHECK(ended.status == 128 + SIGTERM);
  CHECK_FALSE(says(ended, "continue with"));
}

TEST_CASE("a training that is killed in its first epoch goes on from its last checkpoint by time") {
  const Workplace place;
  place.write_quarters("images", 300);
  const Outcome whole = place.run(training({"--epochs", "2", "--best", "--out", "whole"}));
  const auto run = place.start(training({"--epochs", "2", "--best", "--out", "run", "--checkpoint-every", "1ms"}));
  wait_until([&] { return place.has("run/checkpoint.safetensors"); });
  run->signal(SIGKILL);
  CHECK(run->wait().status == 128 + SIGKILL);
  const auto left = isthmus::interchange::read_model(place / "run/checkpoint.safetensors");
  CHECK(left.details.at("epoch") == "0");
  CHECK(std::stoi(left.details.at("batches")) > 0);
  // Another number of threads, and more such checkpoints, change nothing.
  const Outcome resumed = place.run(training(
      {"--epochs", "2", "--best", "--out", "run", "--resume", "--threads", "1", "--checkpoint-every", "20ms"}));
  CHECK(weights_of(resumed) == weights_of(whole));
  CHECK_FALSE(says(resumed, "was not kept"));
  check_same_history(place, "whole/history.csv", "run/history.csv");
  // After the last epoch nothing is left of a partial one.
  CHECK_FALSE(isthmus::interchange::read_model(place / "run/checkpoint.safetensors").details.contains("batches"));
}

TEST_CASE("with --checkpoint-every 0 there are no checkpoints but those after epochs") {
  const Workplace place;
  place.write_quarters("images", 300);
  CHECK(weights_of(place.run(training({"--epochs", "1", "--out", "run", "--checkpoint-every", "0"}))) ==
        weights_of(place.run(training({"--epochs", "1", "--out", "again", "--checkpoint-every", "1h"}))));
  CHECK(isthmus::interchange::read_model(place / "run/checkpoint.safetensors").details.at("epoch") == "1");
  for (const char* time : {"", "soon", "60 s", "-1s", "1e3x", "nan", "60m"}) {
    INFO(time);
    CHECK(place.run(training({"--out", "run", "--checkpoint-every", time})).status == 2);
  }
}

TEST_CASE("a checkpoint within an epoch is finished before anything else is decided, and has to fit") {
  const Workplace place;
  place.write_quarters("images", 300);
  const Outcome whole = place.run(training({"--epochs", "3", "--out", "whole"}));
  weights_of(place.run(training({"--epochs", "1", "--out", "run"})));
  REQUIRE(stopped_by(place, SIGTERM, {"--epochs", "3", "--out", "run", "--resume"}).status == 143);
  check_refused(place.run(training({"--epochs", "1", "--out", "run", "--resume"})),
                "--epochs: expected 2 or more, since run/checkpoint.safetensors is within that epoch, found 1");
  std::filesystem::copy(place / "run", place / "copy");
  // A loss that the first epoch has reached: the second is ended all the same.
  const Outcome early = place.run(training({"--epochs", "3", "--out", "copy", "--resume", "--until", "1"}));
  REQUIRE(early.status == 0);
  CHECK(early.json().at("epochs").as_int64() == 2);
  const auto spoil = [&](const std::string& key, const std::string& value) {
    auto file = isthmus::interchange::read_model(place / "run/checkpoint.safetensors");
    file.details[key] = value;
    std::filesystem::create_directories(place / "bad");
    isthmus::interchange::write_model(place / "bad/checkpoint.safetensors", file);
    return place.run(training({"--epochs", "3", "--out", "bad", "--resume"}));
  };
  CHECK(spoil("batches", "69")
            .last_line()
            .find("metadata, batches: expected at most 68, which an epoch has, found 69") != std::string::npos);
  CHECK(spoil("batches", "0").last_line().find("metadata, batch_sums: expected 1 numbers") != std::string::npos);
  CHECK(spoil("batch_sums", "1 2").last_line().find("metadata, batch_sums: expected 1 numbers") !=
        std::string::npos);
  CHECK(spoil("batch_sums", "nan").last_line().find("metadata, batch_sums: expected 1 numbers") !=
        std::string::npos);
  CHECK(weights_of(place.run(training({"--epochs", "3", "--out", "run", "--resume"}))) == weights_of(whole));
  check_same_history(place, "whole/history.csv", "run/history.csv");
}
