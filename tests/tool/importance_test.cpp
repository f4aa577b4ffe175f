// The command's bound on log p(x).
#include "support.hpp"

#include "support/catch.hpp"

namespace {

Outcome train(const Workplace& place, const std::string& graph) {
  if (!place.has("images")) place.write_quarters("images", 200);
  return place.run({"train", graph, "--data", "images", "--epochs", "2", "--batch", "20", "--out", graph});
}
std::vector<std::string> evaluation(const std::string& graph, std::vector<std::string> more) {
  std::vector<std::string> arguments{"evaluate", graph + "/autoencoder.safetensors", "--data", "images"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}
boost::json::object figures(const Workplace& place, const std::string& graph, const std::string& count) {
  const Outcome outcome = place.run(evaluation(graph, {"--importance-samples", count, "--json"}));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.json().at("importance_samples").as_int64() == std::stoi(count));
  return outcome.json();
}

}  // namespace

TEST_CASE("evaluate gives a bound on log p(x) that grows with the number of codes") {
  const Workplace place;
  REQUIRE(train(place, "importance").status == 0);
  const auto one = figures(place, "importance", "1");
  const double bound = one.at("log_likelihood").as_double();
  // The divergence as its sample, of 20 images: within some nats.
  CHECK(bound == Approx(-one.at("loss").as_double()).margin(5));
  CHECK(figures(place, "importance", "100").at("log_likelihood").as_double() > bound);
  CHECK(figures(place, "importance", "1").at("log_likelihood").as_double() == bound);
  const Outcome text = place.run(evaluation("importance", {"--importance-samples", "2", "--first", "3"}));
  REQUIRE(text.status == 0);
  CHECK(text.out.find("\nlog_likelihood ") != std::string::npos);
  CHECK(text.out.find("\nimportance_samples ") != std::string::npos);
}

TEST_CASE("the loss of several codes is the bound that evaluate gives of as many") {
  const Workplace place;
  REQUIRE(train(place, "importance_weighted").status == 0);
  const auto of_fifty = figures(place, "importance_weighted", "50");
  CHECK(of_fifty.at("log_likelihood").as_double() == Approx(-of_fifty.at("loss").as_double()).epsilon(1e-6));
  CHECK(figures(place, "importance_weighted", "5").at("log_likelihood").as_double() <
        of_fifty.at("log_likelihood").as_double());
}

TEST_CASE("evaluate takes the first samples alone") {
  const Workplace place;
  REQUIRE(train(place, "importance").status == 0);
  const auto json = place.run(evaluation("importance", {"--first", "7", "--json"})).json();
  CHECK(json.at("samples").as_int64() == 7);
  CHECK_FALSE(json.contains("log_likelihood"));
  CHECK(place.run(evaluation("importance", {"--first", "1000", "--json"})).json().at("samples").as_int64() == 20);
}

TEST_CASE("a model without log p(x) says what it lacks") {
  const Workplace place;
  REQUIRE(train(place, "shallow").status == 0);
  check_refused(place.run(evaluation("shallow", {"--importance-samples", "5"})),
                "graph shallow has no log p(x): expected a code that is drawn");
  CHECK(place.run(evaluation("shallow", {"--importance-samples", "0"})).status == 2);
  CHECK(place.run(evaluation("shallow", {"--first", "0"})).status == 2);
}
