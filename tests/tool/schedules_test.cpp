// `schedules`, and training under a policy.
#include "support.hpp"

#include <fstream>
#include <map>
#include <set>

#include "support/catch.hpp"

namespace {

/// Nothing of the user's own cache is read or written.
class Cache {
 public:
  explicit Cache(const Workplace& place) : variable_("XDG_CACHE_HOME", (place.path() / "cache").string()) {}

 private:
  Variable variable_;
};

}  // namespace

TEST_CASE("schedules compares every policy, and all come to the same weights") {
  const Workplace place;
  const Cache cache(place);
  const Outcome outcome =
      place.run({"schedules", "shallow", "--batch", "48", "--threads", "1,2", "--seconds", "0.02", "--simulate",
                 "4,16", "--trace", "trace.json", "--gantt", "gantt.png", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto object = outcome.json();
  std::set<std::string> policies, hashes;
  for (const auto& row : object.at("schedules").as_array()) {
    policies.insert(std::string(row.at("policy").as_string()));
    hashes.insert(std::string(row.at("weights_sha256").as_string()));
    CHECK(row.at("median_ms").as_double() > 0);
    CHECK(row.at("predicted_ms").as_double() >= row.at("bound_ms").as_double() * 0.999);
    CHECK(row.at("efficiency").as_double() ==
          Approx(row.at("bound_ms").as_double() / row.at("median_ms").as_double()));
    CHECK(row.at("peak_bytes").as_int64() > 0);
    CHECK(row.at("tasks").as_int64() > 1);
  }
  CHECK(policies == std::set<std::string>{"sequential", "by_level", "per_operation", "depth_first",
                                          "critical_path", "dataflow", "memory_aware", "flow_graph"});
  CHECK(object.at("schedules").as_array().size() == 16);
  CHECK(hashes.size() == 1);
  CHECK(object.at("simulated").as_array().size() == 16);

  // Tasks in a lane follow each other, and the counter ends where it began.
  const auto trace = boost::json::parse(place.text("trace.json"));
  std::map<std::int64_t, std::vector<std::pair<double, double>>> lanes;
  std::int64_t taken = -1;
  for (const auto& event : trace.at("traceEvents").as_array()) {
    if (event.at("ph").as_string() == "C") {
      taken = event.at("args").at("bytes").as_int64();
      CHECK(taken >= 0);
      continue;
    }
    const double begin = event.at("ts").to_number<double>();
    lanes[event.at("tid").as_int64()].emplace_back(begin, begin + event.at("dur").to_number<double>());
  }
  CHECK(taken == 0);
  for (auto& [lane, spans] : lanes) {
    std::sort(spans.begin(), spans.end());
    for (std::size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].first >= spans[i - 1].second - 1e-3);
  }
  CHECK(place.text("gantt.png").starts_with("\x89PNG"));
}

TEST_CASE("a run under any policy gives the same weights, and auto remembers what it found") {
  const Workplace place;
  const Cache cache(place);
  place.write_quarters("quarters.idx", 400);
  std::set<std::string> hashes;
  for (const char* policy :
       {"dataflow", "sequential", "by_level", "critical_path", "flow_graph", "auto", "auto"}) {
    INFO(policy);
    const Outcome outcome = place.run({"train", "shallow", "--data", "quarters.idx", "--epochs", "2", "--batch",
                                       "64", "--threads", "2", "--schedule", policy, "--out", policy, "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    hashes.insert(std::string(outcome.json().at("weights_sha256").as_string()));
  }
  CHECK(hashes.size() == 1);
  bool remembered = false;
  for (const auto& file : std::filesystem::directory_iterator(place.path() / "cache/isthmus"))
    remembered = remembered || read_bytes(file.path()).find("\"best\":{\"2\":\"") != std::string::npos;
  CHECK(remembered);
}

TEST_CASE("costs that are remembered wrongly are measured again") {
  const Workplace place;
  const Cache cache(place);
  place.write_quarters("quarters.idx", 200);
  const std::vector<std::string> command{"train", "shallow", "--data",     "quarters.idx", "--epochs",
                                         "1",     "--batch", "64",         "--threads",    "2",
                                         "--out", "out",     "--schedule", "critical_path"};
  REQUIRE(place.run(command).status == 0);
  for (const auto& file : std::filesystem::directory_iterator(place.path() / "cache/isthmus"))
    for (const char* damage :
         {"", "{\"kinds\":[[0,1]],\"best\":{}}", "{\"kinds\":[[0,1,1,-5]],\"best\":{}}", "[1"}) {
      INFO(damage);
      std::ofstream(file.path()) << damage;
      CHECK(place.run(command).status == 0);
    }
}

// AddressSanitizer ends a program that loads a library in the way in which oneTBB loads the one that knows the
// cores (RTLD_DEEPBIND).
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("threads may be bound to a NUMA node and to cores, with the same results") {
  const Workplace place;
  place.write_quarters("quarters.idx", 200);
  const std::vector<std::string> command{"train", "shallow", "--data", "quarters.idx", "--epochs",
                                         "1",     "--batch", "64",     "--json"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return place.run(more);
  };
  const auto plain = with({}).json().at("weights_sha256").as_string();
  const Outcome bound = with({"--threads-per-core", "1", "--threads", "2"});
  REQUIRE(bound.status == 0);
  CHECK(bound.json().at("weights_sha256").as_string() == plain);
  const Outcome nowhere = with({"--numa-node", "1000"});
  CHECK(nowhere.status == 1);
  CHECK(nowhere.err.find("--numa-node: expected one of ") != std::string::npos);
}
#endif

TEST_CASE("schedules and --schedule refuse what they do not know") {
  const Workplace place;
  const Outcome unknown = place.run({"schedules", "dense", "--policy", "lazy"});
  CHECK(unknown.status == 2);
  CHECK(unknown.says_one_line());
  CHECK(place.run({"schedules", "dense", "--threads", "0"}).status == 2);
  CHECK(place.run({"bench", "dense", "--mode", "encode", "--schedule", "by_level"}).status == 2);
  CHECK(place.run({"train", "dense", "--data", "mnist", "--schedule", "lazy"}).status == 2);
}
