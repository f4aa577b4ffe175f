// Mistyped words are named, with the nearest that exists; numbers are taken as they are given, or refused.
#include "support.hpp"

#include "nearest.hpp"
#include "support/catch.hpp"
#include "tool/numbers.hpp"

using namespace isthmus;
using namespace isthmus::tool;

namespace {

/// Bad usage: exit code 2, and one line that says `expected`.
void check_usage(const Workplace& place, const std::vector<std::string>& command, const std::string& expected) {
  const Outcome outcome = place.run(command);
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.says_one_line());
  CHECK(outcome.err.find(expected) != std::string::npos);
}

}  // namespace

TEST_CASE("distances between words count letters that are missing, too many, others, or swapped") {
  CHECK(edit_distance("train", "train") == 0);
  CHECK(edit_distance("Train", "trAIN") == 0);
  CHECK(edit_distance("trian", "train") == 1);
  CHECK(edit_distance("trin", "train") == 1);
  CHECK(edit_distance("traain", "train") == 1);
  CHECK(edit_distance("trabn", "train") == 1);
  CHECK(edit_distance("", "train") == 5);
  CHECK(edit_distance("kitten", "sitting") == 3);
  // No letter twice: the optimal string alignment of these is 3, where free swaps would take 2.
  CHECK(edit_distance("ca", "abc") == 3);
}

TEST_CASE("the nearest word is one that is near") {
  const std::vector<std::string> words{"train", "encode", "decode", "reconstruct"};
  CHECK(nearest("trian", words) == "train");
  CHECK(nearest("ENCODE", words) == "encode");
  CHECK(nearest("recon", words) == "reconstruct");
  CHECK(nearest("dcode", words) == "decode");
  CHECK(nearest("fly", words).empty());
  CHECK(nearest("re", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest(std::string(1'000'000, 'x'), words).empty());
  CHECK(nearest_hint("trian", words) == "; the nearest is 'train'");
  CHECK(nearest_hint("fly", words).empty());
}

TEST_CASE("unknown commands and options and words are named with the nearest that exists") {
  const Workplace place;
  check_usage(place, {"trian"}, "unknown command 'trian'; the nearest is 'train'");
  check_usage(place, {"fly", "dense"}, "unknown command 'fly' (");
  check_usage(place, {"--verison"}, "isthmus: unknown option '--verison'; the nearest is '--version'");
  // Not what it lacks because of that, nor what it then takes for something else.
  check_usage(place, {"train", "dense", "--dta", "images"},
              "train: unknown option '--dta'; the nearest is '--data'");
  check_usage(place, {"train", "--epohcs=3", "dense"}, "unknown option '--epohcs'; the nearest is '--epochs'");
  check_usage(place, {"encode", "--wieghts", "bf16", "a", "b", "c"}, "unknown option '--wieghts'");
  check_usage(place, {"graphs", "more"}, "graphs: expected no further argument, found 'more'");
  check_usage(place, {"inspect", "dnese"}, "found 'dnese'; the nearest is 'dense'");
  check_usage(place, {"inspect", "dense", "--stage", "paln"}, "found 'paln'; the nearest is 'plan'");
  check_usage(place, {"inspect", "dense", "--as", "jsno"}, "found 'jsno'; the nearest is 'json'");
  check_usage(place, {"inspect", "dense", "--without", "winograd,pol_first"}, "the nearest is 'pool_first'");
  check_usage(place, {"bench", "dense", "--mode", "reconstuct"}, "the nearest is 'reconstruct'");
  check_usage(place, {"bench", "dense", "--mode", "train", "--schedule", "dataflwo"}, "the nearest is 'dataflow'");
  check_usage(place, {"schedules", "dense", "--policy", "by_levle"}, "the nearest is 'by_level'");
  check_usage(place, {"import", "dense", "a", "b", "--layout", "kears"}, "the nearest is 'keras'");
  check_usage(place, {"encode", "a", "b", "c", "--weights", "bf61"}, "the nearest is 'bf16'");
  check_usage(place, {"encode", "a", "b", "c", "--also", "log_var"},
              "--also: expected NAME=FILE, found 'log_var'");
  check_refused(place.run({"train", "dense", "--data", "mnits"}), "found no such file; the nearest is 'mnist'");
}

TEST_CASE("numbers are decimal and whole texts") {
  CHECK(parse_number<int>("010") == 10);
  CHECK(parse_number<int>("-7") == -7);
  CHECK(parse_number<std::int64_t>("9223372036854775807") == 9223372036854775807);
  for (const char* text : {"", " 1", "1 ", "+1", "0x10", "1e3", "1.0", "true", "1'000", "2147483648", "one"}) {
    INFO(text);
    CHECK_FALSE(parse_number<int>(text));
  }
  CHECK_FALSE(parse_number<std::size_t>("-1"));
  CHECK(parse_number<double>("1e-30") == 1e-30);
  for (const char* text : {"", "nan", "inf", "-inf", "1e999", "1e-999", "0x1p3", "1.5s", "1,5"}) {
    INFO(text);
    CHECK_FALSE(parse_number<double>(text));
  }
}

TEST_CASE("sizes and times have units") {
  CHECK(parse_bytes("0") == 0u);
  CHECK(parse_bytes("010") == 10u);
  CHECK(parse_bytes("256MB") == 256'000'000u);
  CHECK(parse_bytes("1GiB") == std::uint64_t{1} << 30);
  CHECK(parse_bytes("4gb") == 4'000'000'000u);
  CHECK(parse_bytes("1.5KiB") == 1536u);
  CHECK(parse_bytes("7B") == 7u);
  CHECK(parse_bytes("9223372036854775807") == 9223372036854775807u);
  for (const char* text : {"", "MB", "-1", "1 MB", "0x1MB", "1M", "1MBB", "1.5", "0.3B", "1e3",
                           "9223372036854775808", "99999999999GB", "9EiB", "nanMB", "1..5MB"}) {
    INFO(text);
    CHECK_FALSE(parse_bytes(text));
  }
  CHECK(parse_seconds("60s") == 60.0);
  CHECK(parse_seconds("90") == 90.0);
  CHECK(parse_seconds("1.5min") == 90.0);
  CHECK(parse_seconds("2h") == 7200.0);
  CHECK(parse_seconds("250ms") == 0.25);
  for (const char* text : {"", "s", "-1s", "60m", "1e3s", "inf", "1d"}) {
    INFO(text);
    CHECK_FALSE(parse_seconds(text));
  }
}

TEST_CASE("every number of every command is taken as it is said, or refused") {
  const Workplace place;
  struct Slot {
    std::vector<std::string> command;
    std::string option;
    bool whole;
  };
  const std::vector<std::string> train{"train", "dense", "--data", "images"};
  const std::vector<std::string> bench{"bench", "dense", "--mode", "train"};
  const std::vector<std::string> schedules{"schedules", "dense"}, inspect{"inspect", "dense"};
  const std::vector<std::string> interpolate{"interpolate", "a", "--data", "b"};
  const std::vector<Slot> slots{{train, "--epochs", true},
                                {train, "--batch", true},
                                {train, "--seed", true},
                                {train, "--patience", true},
                                {train, "--threads", true},
                                {train, "--numa-node", true},
                                {train, "--threads-per-core", true},
                                {train, "--learning-rate", false},
                                {train, "--until", false},
                                {train, "--timeout", false},
                                {bench, "--batch", true},
                                {bench, "--threads", true},
                                {bench, "--seconds", false},
                                {schedules, "--batch", true},
                                {schedules, "--threads", true},
                                {schedules, "--simulate", true},
                                {schedules, "--bandwidth", false},
                                {schedules, "--seconds", false},
                                {inspect, "--batch", true},
                                {{"latent", "a", "--data", "b"}, "--limit", true},
                                {{"sample", "a"}, "--count", true},
                                {{"sample", "a"}, "--seed", true},
                                {interpolate, "--from", true},
                                {interpolate, "--to", true},
                                {interpolate, "--steps", true}};
  for (const Slot& slot : slots) {
    std::vector<std::string> bad{"0x10", "nan", "inf", "true", "1 ", "+1", "1e999", "-"};
    if (slot.whole) bad.insert(bad.end(), {"-1", "1.5", "1e3", "9223372036854775808", "18446744073709551617"});
    for (const std::string& number : bad) {
      std::vector<std::string> command = slot.command;
      command.insert(command.end(), {slot.option, number});
      INFO(slot.command.front() << " " << slot.option << " " << number);
      check_usage(place, command, slot.option + ": expected a " + (slot.whole ? "whole " : "") + "number");
    }
  }
  check_usage(place, {"train", "dense", "--data", "images", "--learning-rate", "1e-50"},
              "--learning-rate: expected a number from 1.17549e-38 to 3.40282e+38, found '1e-50'");
  check_usage(place, {"train", "dense", "--data", "images", "--learning-rate", "1e39"}, "--learning-rate");
  check_usage(place, {"train", "dense", "--data", "images", "--learning-rate", "-0.1"}, "--learning-rate");
}

TEST_CASE("a seed is exactly the number that was said") {
  const Workplace place;
  place.write_quarters("images", 40);
  const auto train = [&](const char* seed) {
    const Outcome outcome = place.run({"train", "shallow", "--data", "images", "--epochs", "1", "--batch", "16",
                                       "--seed", seed, "--out", "run", "--json"});
    REQUIRE(outcome.status == 0);
    return outcome.json();
  };
  const auto ten = train("10"), octal = train("010"), largest = train("9223372036854775807");
  CHECK(octal.at("seed").as_int64() == 10);
  CHECK(octal.at("weights_sha256") == ten.at("weights_sha256"));
  CHECK(train("8").at("weights_sha256") != ten.at("weights_sha256"));
  CHECK(largest.at("seed").as_int64() == 9223372036854775807);
  CHECK(largest.at("weights_sha256") != train("9223372036854775806").at("weights_sha256"));
}

TEST_CASE("a batch that no memory has room for is refused at once") {
  const Workplace place;
  place.write_quarters("images", 20);
  const std::string batch = "2000000000";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"train", "denoising", "--data", "images", "--batch", batch, "--out", "run"},
        {"bench", "denoising", "--mode", "train", "--batch", batch},
        {"bench", "dense", "--mode", "encode", "--batch", batch},
        {"schedules", "dense", "--batch", batch},
        {"inspect", "denoising", "--stage", "schedule", "--batch", batch}}) {
    INFO(command.front());
    const Outcome outcome = place.run(command);
    check_refused(outcome, "an arena for batches of 2000000000 samples: expected a need of at most ");
    CHECK(outcome.err.find(" bytes, which are available here, found one of ") != std::string::npos);
  }
  CHECK_FALSE(place.has("run/checkpoint.safetensors"));
}
