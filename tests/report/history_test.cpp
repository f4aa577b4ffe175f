#include <isthmus/error.hpp>
#include <isthmus/report/history.hpp>

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "report/scratch.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Epoch;
using report::History;

namespace {

History example() {
  return {{"loss", "kl, \"weighted\""},
          {{1, 2.5, {0.1, 1.0 / 3}, {0.2, 1e-300}},
           {2, 0, {std::nextafter(1.0, 2.0), -0.0}, {}},
           {7, 3600, {std::numeric_limits<double>::infinity(), 5}, {std::nan(""), 6}}}};
}

/// The text of the FileError that reading `text` throws, without the file's name.
std::string complaint(const std::string& text) {
  Scratch scratch;
  const auto path = scratch / "history.csv";
  write_file(path, text);
  try {
    report::from_csv(path);
  } catch (const isthmus::FileError& error) {
    const std::string prefix = path.string() + ": ";
    const std::string message = error.what();
    REQUIRE(message.substr(0, prefix.size()) == prefix);
    return message.substr(prefix.size());
  }
  return "no error";
}

const std::string header = "epoch,seconds,train_loss,validation_loss\n";

}  // namespace

TEST_CASE("a history is written as the documented CSV") {
  const History history{{"loss", "kl"}, {{1, 0.5, {0.25, 3}, {0.125, 4}}, {2, 0.5, {0.1, 2}, {}}}};
  CHECK(report::to_csv(history) ==
        "epoch,seconds,train_loss,validation_loss,train_kl,validation_kl\n"
        "1,0.5,0.25,0.125,3,4\n"
        "2,0.5,0.1,,2,\n");
  CHECK(report::to_csv({{"loss"}, {}}) == header);
}

TEST_CASE("a history comes back from its file as it was, to the last bit") {
  Scratch scratch;
  const auto path = scratch / "history.csv";
  const History written = example();
  report::save_history(path, written);
  const History read = report::from_csv(path);
  CHECK(read.terms == written.terms);
  REQUIRE(read.epochs.size() == written.epochs.size());
  const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
    bool all = a.size() == b.size();
    for (std::size_t i = 0; all && i < a.size(); ++i) {
      all = (std::isnan(a[i]) && std::isnan(b[i])) || (a[i] == b[i] && std::signbit(a[i]) == std::signbit(b[i]));
    }
    return all;
  };
  for (std::size_t i = 0; i < read.epochs.size(); ++i) {
    CHECK(read.epochs[i].number == written.epochs[i].number);
    CHECK(read.epochs[i].seconds == written.epochs[i].seconds);
    CHECK(same(read.epochs[i].train, written.epochs[i].train));
    CHECK(same(read.epochs[i].validation, written.epochs[i].validation));
  }
  CHECK(report::to_csv(read) == report::to_csv(written));
}

TEST_CASE("what a spreadsheet does to line ends is accepted") {
  Scratch scratch;
  write_file(scratch / "history.csv", "epoch,seconds,train_loss,validation_loss\r\n\r\n3,1,\"0.5\",0.25");
  const History history = report::from_csv(scratch / "history.csv");
  REQUIRE(history.epochs.size() == 1);
  CHECK(history.epochs[0].number == 3);
  CHECK(history.epochs[0].train == std::vector<double>{0.5});
  CHECK(history.epochs[0].validation == std::vector<double>{0.25});
}

TEST_CASE("a damaged history is refused with its line, the expectation and what is there") {
  CHECK(complaint("") == "line 1, column 1: expected the name epoch, found \"\"");
  CHECK(complaint("epoch,time\n") == "line 1, column 2: expected the name seconds, found \"time\"");
  CHECK(complaint("epoch,seconds,train_loss,validation_loss,kl\n") ==
        "line 1, column 5: expected the name train_<term>, found \"kl\"");
  CHECK(complaint("epoch,seconds,train_loss,validation_loss,train_kl\n") ==
        "line 1, column 6: expected the name validation_kl, found \"\"");
  CHECK(complaint(header + "1,1,0.5\n") == "line 2: expected 4 fields, found 3");
  CHECK(complaint(header + "1,1,0.5,0.5,1\n") == "line 2: expected 4 fields, found 5");
  CHECK(complaint(header + "\n1,1,0.5,0.5\n1,1,0.5,0.5\n") ==
        "line 4, column epoch: expected a whole number greater than 1, found \"1\"");
  CHECK(complaint(header + "1.5,1,0.5,0.5\n") ==
        "line 2, column epoch: expected a whole number greater than 0, found \"1.5\"");
  CHECK(complaint(header + "1,-1,0.5,0.5\n") ==
        "line 2, column seconds: expected a number of seconds, found \"-1\"");
  CHECK(complaint(header + "1,nan,0.5,0.5\n") ==
        "line 2, column seconds: expected a number of seconds, found \"nan\"");
  CHECK(complaint(header + "1,1,,0.5\n") == "line 2, column train_loss: expected a number, found \"\"");
  CHECK(complaint(header + "1,1,0.5,0.5 \n") ==
        "line 2, column validation_loss: expected a number, found \"0.5 \"");
  CHECK(complaint("epoch,seconds,train_loss,validation_loss,train_kl,validation_kl\n1,1,2,,3,4\n") ==
        "line 2, column validation_kl: expected nothing, as in validation_loss, found \"4\"");
}

TEST_CASE("an error shows a strange field on one line, shortened") {
  CHECK(complaint(header + "1,1,\"a\nb\x1b[2J\",1\n") ==
        "line 2, column train_loss: expected a number, found \"a?b?[2J\"");
  CHECK(complaint(header + "1,1," + std::string(1000, '7') + "x,1\n") ==
        "line 2, column train_loss: expected a number, found \"" + std::string(40, '7') + "...\"");
  // Columns may have such names as well.
  const std::string loss = "epoch,seconds,train_loss,validation_loss,";
  CHECK(complaint(loss + "\"train_a\nb\",\"validation_a\nb\"\n1,1,2,3,4,x\n") ==
        "line 4, column validation_a?b: expected a number, found \"x\"");
  CHECK(complaint(loss + "\"train_a\nb\",kl\n") ==
        "line 1, column 6: expected the name validation_a?b, found \"kl\"");
}

TEST_CASE("a history that is not there is an error of the file") {
  Scratch scratch;
  CHECK_THROWS_AS(report::from_csv(scratch / "none.csv"), isthmus::FileError);
  CHECK_THROWS_AS(report::from_csv(scratch.folder()), isthmus::FileError);
}

TEST_CASE("an inconsistent history is not written") {
  CHECK_THROWS_AS(report::to_csv({{}, {}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::to_csv({{"kl"}, {}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::to_csv({{"loss"}, {{1, 1, {}, {}}}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::to_csv({{"loss"}, {{1, 1, {1}, {1, 2}}}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::to_csv({{"loss"}, {{0, 1, {1}, {1}}}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::to_csv({{"loss"}, {{2, 1, {1}, {1}}, {2, 1, {1}, {1}}}}), isthmus::ShapeError);
}

TEST_CASE("a history that cannot be written keeps the old file") {
  Scratch scratch;
  const auto path = scratch / "history.csv";
  write_file(path, "old");
  // A limit on the size of files fails as a full disk does, for root too.
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  rlimit limit = old_limit;
  limit.rlim_cur = 16;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  bool refused = false;
  try {
    report::save_history(path, example());
  } catch (const isthmus::FileError&) {
    refused = true;
  }
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  CHECK(refused);
  CHECK(read_file(path) == "old");
  CHECK(scratch.size() == 1);

  CHECK_THROWS_AS(report::save_history(path / "below-a-file.csv", example()), isthmus::FileError);
  CHECK(read_file(path) == "old");
}
