// A loss to reach.
#include "support.hpp"

#include <isthmus/report/history.hpp>

#include <charconv>

#include "support/catch.hpp"

namespace {

bool reached(const Outcome& outcome) { return outcome.json().at("reached").as_bool(); }
/// All digits that reading it back needs.
std::string text_of(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}
bool says(const Outcome& outcome, const std::string& text) { return outcome.err.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("train --until stops after the first epoch whose validation loss is low enough") {
  const Workplace place;
  const Outcome plain = train_dense(place, {"--epochs", "2", "--out", "plain"});
  const std::string second = weights_of(plain);
  CHECK_FALSE(plain.json().contains("reached"));
  const auto epochs = isthmus::report::from_csv(place / "plain/history.csv").epochs;
  REQUIRE(epochs[1].validation[0] < epochs[0].validation[0]);
  const std::string loss = text_of(epochs[1].validation[0]);

  const Outcome stopped = train_dense(place, {"--epochs", "9", "--until", loss, "--out", "run"});
  CHECK(weights_of(stopped) == second);
  CHECK(stopped.json().at("epochs").as_int64() == 2);
  CHECK(reached(stopped));
  CHECK(says(stopped, "training stops after epoch 2"));
  CHECK(place.text("run/autoencoder.safetensors") == place.text("plain/autoencoder.safetensors"));

  // Nothing is left to do after a resumption, unless there is more to reach.
  const Outcome resumed = train_dense(place, {"--epochs", "9", "--until", loss, "--out", "run", "--resume"});
  CHECK(weights_of(resumed) == second);
  const Outcome further = train_dense(place, {"--epochs", "3", "--until", "0", "--out", "run", "--resume"});
  CHECK(further.json().at("epochs").as_int64() == 3);
  CHECK_FALSE(reached(further));
  CHECK(says(further, "still above 0"));
}

TEST_CASE("train --until with --best looks at the epoch that is kept") {
  const Workplace place;
  weights_of(train_dense(place, {"--epochs", "2", "--best", "--out", "run"}));
  const auto epochs = isthmus::report::from_csv(place / "run/history.csv").epochs;
  const std::string loss = text_of(epochs[1].validation[0]);
  // A third epoch whose steps are far too large.
  const std::vector<std::string> spoil{"--epochs", "3",        "--best",          "--out",
                                       "run",      "--resume", "--learning-rate", "0.1"};
  const Outcome spoiled = train_dense(place, spoil);
  REQUIRE(spoiled.json().at("epoch").as_int64() == 2);
  const std::vector<std::string> again{"--epochs", "4", "--best", "--out", "run", "--resume", "--until", loss};
  const Outcome kept = train_dense(place, again);
  CHECK(reached(kept));
  CHECK(kept.json().at("epochs").as_int64() == 3);
}

TEST_CASE("train --until takes a finite number") {
  const Workplace place;
  for (const char* loss : {"low", "nan", "inf", "0.02x", ""}) {
    INFO(loss);
    const Outcome outcome = train_dense(place, {"--until", loss, "--out", "run"});
    CHECK(outcome.status == 2);
    CHECK_FALSE(place.has("run"));
  }
  CHECK(train_dense(place, {"--until", "-1e-3", "--epochs", "1", "--out", "run"}).status == 0);
}
