// `mpirun -n N isthmus train …`: what several ranks do is what one does, and one speaks for all.
#include "tool/support.hpp"

#include <isthmus/report/history.hpp>

#include "support/catch.hpp"

namespace {

/// More ranks than processors, and root, are what a test's container has.
struct OpenMpi {
  Variable root{"OMPI_ALLOW_RUN_AS_ROOT", "1"}, confirmed{"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"};
  Variable oversubscribe{"OMPI_MCA_rmaps_base_oversubscribe", "1"};
};

/// `isthmus` on several ranks, with these arguments.
Child start_ranks(const Workplace& place, int ranks, std::vector<std::string> arguments) {
  const OpenMpi environment;
  const std::vector<std::string> begin{"--oversubscribe", "-n", std::to_string(ranks), ISTHMUS_TOOL};
  arguments.insert(arguments.begin(), begin.begin(), begin.end());
  return Child(place.path(), ISTHMUS_MPIRUN, arguments);
}

Outcome run_ranks(const Workplace& place, int ranks, std::vector<std::string> arguments) {
  return start_ranks(place, ranks, std::move(arguments)).wait();
}

/// The processes that this one has started.
std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream status(entry.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line == "PPid:\t" + std::to_string(process)) children.push_back(std::stoi(entry.path().filename()));
  }
  return children;
}

Outcome train_on_ranks(const Workplace& place, int ranks, const std::string& graph,
                       std::vector<std::string> more) {
  if (!place.has("images")) place.write_quarters("images", 300);
  std::vector<std::string> arguments{"train", graph, "--data", "images", "--json"};
  if (std::find(more.begin(), more.end(), "--threads") == more.end())
    arguments.insert(arguments.end(), {"--threads", "1"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_ranks(place, ranks, arguments);
}

long count_of(const std::string& part, const std::string& text) {
  long count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// Lines that the tool has written to standard error; mpirun writes some of its own.
long lines_of_tool(const Outcome& outcome) { return count_of("isthmus: ", outcome.err); }

double number(const Outcome& outcome, const char* key) { return outcome.json().at(key).as_double(); }

}  // namespace

TEST_CASE("two ranks end where one does, and the first one writes everything") {
  const Workplace place;
  // 300 samples in batches of 67: the last one has 32, and ranks have 33 and 34 of the others.
  const std::vector<std::string> common{"--epochs", "2", "--batch", "67"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return more;
  };
  const Outcome one = train_on_ranks(place, 1, "dense", with({"--out", "one"}));
  const Outcome two = train_on_ranks(place, 2, "dense", with({"--out", "two", "--trace"}));
  INFO(one.err + two.err);
  REQUIRE(one.status == 0);
  REQUIRE(two.status == 0);
  CHECK_FALSE(one.json().contains("ranks"));
  CHECK(two.json().at("ranks").as_int64() == 2);
  for (const char* key : {"train_loss", "validation_loss"})
    CHECK(number(two, key) == Approx(number(one, key)).epsilon(1e-5));
  CHECK(number(two, "communication_ms") > 0);
  CHECK(number(two, "communication_overlapped") >= 0);
  CHECK(number(two, "communication_overlapped") <= 1);
  for (const auto& entry : std::filesystem::directory_iterator(place / "one"))
    CHECK(place.has("two/" + entry.path().filename().string()));
  const auto first = isthmus::report::from_csv(place / "one/history.csv");
  const auto second = isthmus::report::from_csv(place / "two/history.csv");
  REQUIRE(second.epochs.size() == 2);
  CHECK(second.epochs[0].train[0] == Approx(first.epochs[0].train[0]).epsilon(1e-5));
  CHECK(second.epochs[0].validation[0] == Approx(first.epochs[0].validation[0]).epsilon(1e-5));
  const std::string trace = place.text("two/trace.json");
  for (const char* lane : {"\"bucket 0\"", "\"bucket 1\"", "\"communication\""})
    CHECK(trace.find(lane) != std::string::npos);

  // Again, on two threads each, and in one thread's own order: the same bits.
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--threads", "2"}, {"--schedule", "sequential"}}) {
    std::vector<std::string> arguments = with({"--out", "again"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    CHECK(weights_of(train_on_ranks(place, 2, "dense", arguments)) == weights_of(two));
  }
}

TEST_CASE("noise and terms are those of one rank") {
  const Workplace place;
  for (const std::string graph : {"variational", "sparse", "masked"}) {
    INFO(graph);
    const std::vector<std::string> more{"--epochs", "1", "--batch", "50", "--out", graph};
    const Outcome one = train_on_ranks(place, 1, graph, more), three = train_on_ranks(place, 3, graph, more);
    INFO(one.err + three.err);
    REQUIRE(one.status == 0);
    REQUIRE(three.status == 0);
    for (const auto& [key, value] : one.json())
      if (key.starts_with("train_") && key != "train_seconds")
        CHECK(number(three, key.data()) == Approx(value.as_double()).epsilon(1e-4));
  }
}

TEST_CASE("ranks resume what ranks have begun, and what one has") {
  const Workplace place;
  const auto train = [&](int ranks, const char* epochs, const char* out, bool resume) {
    std::vector<std::string> more{"--batch", "64", "--epochs", epochs, "--out", out};
    if (resume) more.push_back("--resume");
    const Outcome outcome = train_on_ranks(place, ranks, "shallow", more);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome;
  };
  const std::string at_once = weights_of(train(2, "2", "at_once", false));
  train(2, "1", "in_parts", false);
  CHECK(weights_of(train(2, "2", "in_parts", true)) == at_once);
  train(1, "1", "mixed", false);
  const Outcome mixed = train(2, "2", "mixed", true);
  CHECK(count_of("goes on after epoch 1", mixed.err) == 1);
}

TEST_CASE("a signal to one rank stops all after the same step, and they go on from there") {
  const Workplace place;
  place.write_quarters("images", 300);
  const std::vector<std::string> train{"train",    "dense", "--data",    "images", "--batch", "4",
                                       "--epochs", "2",     "--threads", "1",      "--json"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), train.begin(), train.end());
    return more;
  };
  const std::string whole = weights_of(run_ranks(place, 2, with({"--out", "whole"})));
  Child stopped = start_ranks(place, 2, with({"--out", "run"}));
  std::vector<pid_t> ranks;
  wait_until([&] {
    ranks = children_of(stopped.id());
    return ranks.size() == 2 && catches(ranks[0], SIGTERM) && catches(ranks[1], SIGTERM);
  });
  ::kill(ranks[1], SIGTERM);
  const Outcome outcome = stopped.wait();
  INFO(outcome.err);
  CHECK(outcome.status == 143);
  CHECK(lines_of_tool(outcome) == 1);
  CHECK(count_of("stopped by SIGTERM in epoch ", outcome.err) == 1);
  CHECK(count_of(" of 68 batches; continue with --resume\n", outcome.err) == 1);
  const Outcome resumed = run_ranks(place, 2, with({"--out", "run", "--resume"}));
  CHECK(count_of("goes on in epoch ", resumed.err) == 1);
  CHECK(weights_of(resumed) == whole);
  const auto first = isthmus::report::from_csv(place / "whole/history.csv"),
             second = isthmus::report::from_csv(place / "run/history.csv");
  REQUIRE(second.epochs.size() == first.epochs.size());
  for (std::size_t i = 0; i < first.epochs.size(); ++i) {
    CHECK(second.epochs[i].train == first.epochs[i].train);
    CHECK(second.epochs[i].validation == first.epochs[i].validation);
  }
}

TEST_CASE("more ranks than samples in a batch: some have nothing to do") {
  const Workplace place;
  place.write_quarters("images", 40);
  const std::vector<std::string> more{"--batch", "2", "--epochs", "1"};
  const Outcome one = train_on_ranks(place, 1, "shallow", more), three = train_on_ranks(place, 3, "shallow", more);
  REQUIRE(three.status == 0);
  CHECK(number(three, "train_loss") == Approx(number(one, "train_loss")).epsilon(1e-4));
}

TEST_CASE("what is wrong on all ranks is said once, what is wrong on one with its number") {
  const Workplace place;
  const Outcome no_data = run_ranks(place, 2, {"train", "dense", "--data", "nothing"});
  CHECK(no_data.status == 1);
  CHECK(lines_of_tool(no_data) == 1);
  CHECK(no_data.err.find("isthmus: nothing: expected") != std::string::npos);

  const Outcome usage = run_ranks(place, 2, {"train", "dense", "--data", "nothing", "--schedule", "by_level"});
  CHECK(usage.status == 2);
  CHECK(lines_of_tool(usage) == 1);
  CHECK(usage.err.find("on several ranks: expected dataflow or sequential") != std::string::npos);

  place.write_quarters("images", 40);
  // Two programs in one run.
  const auto start_both = [&](const std::vector<std::string>& first, const std::vector<std::string>& second) {
    std::vector<std::string> arguments = first;
    arguments.insert(arguments.end(), {":", "-n", "1", ISTHMUS_TOOL});
    arguments.insert(arguments.end(), second.begin(), second.end());
    return run_ranks(place, 1, arguments);
  };
  const std::vector<std::string> train{"train", "dense", "--data", "images", "--epochs", "1", "--batch", "8"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), train.begin(), train.end());
    return more;
  };
  const Outcome seeds = start_both(train, with({"--seed", "2"}));
  CHECK(seeds.status == 1);
  CHECK(lines_of_tool(seeds) == 1);
  CHECK(seeds.err.find("isthmus: distributed training: expected the same seed on all 2 ranks, found another one "
                       "on rank 1 than on rank 0") != std::string::npos);
  std::vector<std::string> untied = train;
  untied[1] = "untied";
  CHECK(start_both(train, untied).err.find("expected the same graph on all 2 ranks") != std::string::npos);
  std::vector<std::string> longer = train;
  longer[5] = "2";
  const Outcome lengths = start_both(train, longer);
  CHECK(lengths.err.find("expected the same number of epochs on all 2 ranks") != std::string::npos);

  std::vector<std::string> elsewhere = train;
  elsewhere[3] = "nothing";
  const Outcome one_fails = start_both(train, elsewhere);
  CHECK(one_fails.status == 1);
  CHECK(lines_of_tool(one_fails) == 1);
  CHECK(one_fails.err.find("isthmus: rank 1: nothing: expected") != std::string::npos);
  CHECK_FALSE(place.has("out/dense/checkpoint.safetensors"));
}
