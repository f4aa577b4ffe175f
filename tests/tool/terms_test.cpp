// The command with losses of several terms, drawn codes and tied weights: what is kept of the terms, and that a
// run is the same however it is cut or shared.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/report/history.hpp>

#include "support/catch.hpp"

namespace {

using Names = std::vector<std::string>;

Outcome train(const Workplace& place, const std::string& graph, std::vector<std::string> more) {
  if (!place.has("images")) place.write_quarters("images", 100);
  std::vector<std::string> arguments{"train", graph, "--data", "images", "--batch", "7", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return place.run(arguments);
}

/// `evaluate` must report the same as the run's last validation, term by term.
void check_evaluation(const std::string& graph, const Names& terms) {
  const Workplace place;
  const Outcome trained = train(place, graph, {"--epochs", "2", "--out", "run", "--seed", "3"});
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  const auto history = isthmus::report::from_csv(place / "run/history.csv");
  REQUIRE(history.terms == terms);
  // 10 samples in batches of 7: some terms are no mean over samples, so the batches have to be the same.
  const Outcome evaluated = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"});
  REQUIRE(evaluated.status == 0);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    INFO(terms[i]);
    const isthmus::report::Epoch& last = history.epochs.at(1);
    CHECK(evaluated.json().at(terms[i]).as_double() == Approx(last.validation[i]).epsilon(1e-12));
    CHECK(trained.json().at("validation_" + terms[i]).as_double() == Approx(last.validation[i]).epsilon(1e-12));
    CHECK(trained.json().at("train_" + terms[i]).as_double() == Approx(last.train[i]).epsilon(1e-12));
  }
  CHECK(evaluated.json().contains("mse"));
  const std::string text = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images"}).out;
  for (const std::string& term : terms) CHECK(text.find('\n' + term + ' ') != std::string::npos);
  CHECK(text.find("\nmse ") == text.rfind("\nmse "));
}

}  // namespace

TEST_CASE("every term is in the history and in the figures, and evaluate gives those of the validation") {
  check_evaluation("variational", {"loss", "bernoulli", "kl"});
  check_evaluation("sparse", {"loss", "mse", "sparsity"});
  check_evaluation("contractive", {"loss", "bce", "contraction"});
  check_evaluation("tied", {"loss"});
}

TEST_CASE("the loss is the sum of its terms") {
  const Workplace place;
  REQUIRE(train(place, "variational", {"--epochs", "2", "--out", "run"}).status == 0);
  for (const auto& epoch : isthmus::report::from_csv(place / "run/history.csv").epochs) {
    CHECK(epoch.train[0] == Approx(epoch.train[1] + epoch.train[2]).epsilon(1e-6));
    CHECK(epoch.validation[0] == Approx(epoch.validation[1] + epoch.validation[2]).epsilon(1e-6));
  }
  CHECK(place.text("run/report.html").find("kl") != std::string::npos);
}

TEST_CASE("a variational run: the same bits on any number of threads and after a resumption") {
  const Workplace place;
  const auto sum = [&](std::vector<std::string> more) { return weights_of(train(place, "variational", more)); };
  const std::string whole = sum({"--epochs", "3", "--threads", "2", "--out", "whole"});
  CHECK(sum({"--epochs", "3", "--threads", "1", "--out", "one"}) == whole);
  sum({"--epochs", "1", "--out", "parts"});
  CHECK(sum({"--epochs", "3", "--out", "parts", "--resume"}) == whole);
  const auto a = isthmus::report::from_csv(place / "whole/history.csv");
  const auto b = isthmus::report::from_csv(place / "parts/history.csv");
  CHECK(a.terms == b.terms);
  REQUIRE(b.epochs.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(a.epochs[i].train == b.epochs[i].train);
    CHECK(a.epochs[i].validation == b.epochs[i].validation);
  }
  CHECK(sum({"--epochs", "3", "--seed", "2", "--out", "other"}) != whole);
}

TEST_CASE("the other families: the same bits on two threads as on one") {
  const Workplace place;
  for (const char* graph : {"tied", "sparse", "contractive"}) {
    INFO(graph);
    const std::string one = weights_of(train(place, graph, {"--epochs", "1", "--threads", "1", "--out", "one"}));
    CHECK(weights_of(train(place, graph, {"--epochs", "1", "--threads", "2", "--out", "two"})) == one);
  }
}

TEST_CASE("both halves of drawn codes and of tied weights, one after the other, give the bits of the whole") {
  const Workplace place;
  for (const char* graph : {"variational", "tied"}) {
    INFO(graph);
    REQUIRE(train(place, graph, {"--epochs", "1", "--out", "run"}).status == 0);
    REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", "codes.npy"}).status == 0);
    REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", "again.npy"}).status == 0);
    CHECK(place.text("codes.npy") == place.text("again.npy"));
    REQUIRE(place.run({"decode", "run/decoder.safetensors", "codes.npy", "halves.npy"}).status == 0);
    REQUIRE(place.run({"reconstruct", "run/autoencoder.safetensors", "images", "whole.npy"}).status == 0);
    CHECK(place.text("halves.npy") == place.text("whole.npy"));
  }
}
