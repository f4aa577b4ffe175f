// The best epoch, and patience.
#include "support.hpp"

#include <isthmus/report/history.hpp>

#include "support/catch.hpp"

namespace {

const std::string not_kept = "was not kept";

bool says(const Outcome& outcome, const std::string& text) { return outcome.err.find(text) != std::string::npos; }

/// Three epochs that learn, the best of which is the last.
std::string learn(const Workplace& place, const std::string& out) {
  const Outcome outcome = train_dense(place, {"--epochs", "3", "--best", "--out", out});
  const std::string sum = weights_of(outcome);
  REQUIRE(outcome.json().at("epoch").as_int64() == 3);
  return sum;
}
/// Two more, whose steps are too large.
Outcome spoil(const Workplace& place, const std::string& out) {
  return train_dense(place, {"--epochs", "5", "--best", "--out", out, "--resume", "--learning-rate", "0.02"});
}

}  // namespace

TEST_CASE("train --best keeps the epoch with the lowest validation loss, and the models are of that epoch") {
  const Workplace place;
  const std::string third = weights_of(train_dense(place, {"--epochs", "3", "--out", "plain"}));
  CHECK_FALSE(place.has("plain/best.safetensors"));
  CHECK(learn(place, "run") == third);
  const Outcome spoiled = spoil(place, "run");
  CHECK(weights_of(spoiled) == third);
  CHECK_FALSE(says(spoiled, not_kept));
  CHECK(spoiled.json().at("epochs").as_int64() == 5);
  CHECK(spoiled.json().at("epoch").as_int64() == 3);
  const auto history = isthmus::report::from_csv(place / "run/history.csv");
  REQUIRE(history.epochs.size() == 5);
  const double third_loss = history.epochs[2].validation[0];
  CHECK(spoiled.json().at("validation_loss").as_double() == Approx(third_loss).epsilon(1e-12));
  CHECK(place.text("run/autoencoder.safetensors") == place.text("plain/autoencoder.safetensors"));
  const Outcome evaluated = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"});
  CHECK(evaluated.json().at("loss").as_double() == Approx(third_loss).epsilon(1e-12));
  // Without --best the last epoch counts, from the same checkpoint.
  const Outcome last = train_dense(place, {"--epochs", "5", "--out", "run", "--resume"});
  CHECK(last.json().at("epoch").as_int64() == 5);
  CHECK(weights_of(last) != third);
}

TEST_CASE("a run that keeps the best epoch goes on with the same bits after a kill") {
  const Workplace place;
  const std::string whole = learn(place, "whole");
  weights_of(train_dense(place, {"--epochs", "2", "--best", "--out", "parts"}));
  // Between two epochs.
  std::filesystem::copy(place / "parts", place / "copy");
  const Outcome resumed = train_dense(place, {"--epochs", "3", "--best", "--out", "parts", "--resume"});
  CHECK(weights_of(resumed) == whole);
  CHECK(resumed.json().at("epoch").as_int64() == 3);
  CHECK_FALSE(says(resumed, not_kept));
  // Between the best epoch's file and the checkpoint.
  std::filesystem::copy_file(place / "whole/best.safetensors", place / "copy/best.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  const Outcome again = train_dense(place, {"--epochs", "3", "--best", "--out", "copy", "--resume"});
  CHECK(weights_of(again) == whole);
  CHECK_FALSE(says(again, not_kept));
  CHECK(weights_of(spoil(place, "copy")) == whole);
}

TEST_CASE("what another run left as its best epoch does not count") {
  const Workplace place;
  learn(place, "run");
  weights_of(train_dense(place, {"--epochs", "3", "--best", "--seed", "2", "--out", "seed"}));
  weights_of(train_dense(place, {"--epochs", "4", "--best", "--learning-rate", "0.0001", "--out", "rate"}));
  REQUIRE(place
              .run({"train", "shallow", "--data", "images", "--batch", "64", "--epochs", "3", "--best", "--out",
                    "graph"})
              .status == 0);
  std::filesystem::create_directory(place / "bad");
  place.write("bad/best.safetensors", "no such file");
  for (const char* other : {"seed", "rate", "graph", "bad"}) {
    INFO(other);
    std::filesystem::remove_all(place / "copy");
    std::filesystem::copy(place / "run", place / "copy");
    std::filesystem::copy_file(place / other / "best.safetensors", place / "copy/best.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
    const Outcome outcome = spoil(place, "copy");
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(says(outcome, "copy/best.safetensors: epoch 3, the best so far, was not kept"));
    CHECK(outcome.json().at("epoch").as_int64() >= 4);
  }
  // Nor does one that is not there, or that a run from the start finds.
  std::filesystem::remove(place / "run/best.safetensors");
  CHECK(says(spoil(place, "run"), not_kept));
  CHECK(learn(place, "copy") == learn(place, "new"));
}

TEST_CASE("train --patience stops when the validation loss has not fallen for so many epochs") {
  const Workplace place;
  // A rate too small to change anything.
  const auto train = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--learning-rate", "1e-30", "--out", "run"});
    return train_dense(place, more);
  };
  const Outcome stopped = train({"--epochs", "9", "--patience", "2"});
  REQUIRE(stopped.status == 0);
  CHECK(stopped.json().at("epochs").as_int64() == 3);
  CHECK(stopped.json().at("epoch").as_int64() == 1);
  CHECK(place.has("run/best.safetensors"));
  CHECK(says(stopped, "has not fallen for 2 epochs: training stops after epoch 3"));
  // It is at its end after a resumption as well, unless there is more of it.
  const Outcome resumed = train({"--epochs", "9", "--patience", "2", "--resume"});
  CHECK(weights_of(resumed) == weights_of(stopped));
  CHECK(resumed.json().at("epochs").as_int64() == 3);
  CHECK(train({"--epochs", "9", "--patience", "3", "--resume"}).json().at("epochs").as_int64() == 4);
  CHECK(train({"--epochs", "6", "--patience", "0", "--resume"}).json().at("epochs").as_int64() == 6);
  CHECK(place.run({"train", "dense", "--data", "images", "--patience", "-1"}).status == 2);
}
