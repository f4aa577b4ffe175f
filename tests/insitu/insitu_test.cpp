// The example graphs/insitu/: `mpirun -n N insitu …` stores snapshots, insitu_reader rebuilds them.
#include <isthmus/data/npy.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"
#include "tool/support.hpp"

namespace {

/// More ranks than processors, and root, are what a test's container has.
struct OpenMpi {
  Variable root{"OMPI_ALLOW_RUN_AS_ROOT", "1"}, confirmed{"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"};
  Variable oversubscribe{"OMPI_MCA_rmaps_base_oversubscribe", "1"};
};

constexpr double epsilon = 0.002;
constexpr const char* names[] = {"height", "momentum_x", "momentum_y"};

/// A short run on 128 × 128 cells, two snapshots stored, the fields themselves kept in `originals`.
Outcome simulate(const Workplace& place, int ranks, const std::string& out, std::vector<std::string> more) {
  const OpenMpi environment;
  std::vector<std::string> arguments{"--out",           out,  "--json",      "--warmup", "2",
                                     "--learn-steps",   "40", "--snapshots", "2",        "--originals",
                                     out + "_originals"};
  if (std::find(more.begin(), more.end(), "--size") == more.end())
    arguments.insert(arguments.end(), {"--size", "128"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  // One process needs no mpirun.
  if (ranks == 1) return place.run_program(INSITU, arguments);
  const std::vector<std::string> begin{"--oversubscribe", "-n", std::to_string(ranks), INSITU};
  arguments.insert(arguments.begin(), begin.begin(), begin.end());
  return place.run_program(ISTHMUS_MPIRUN, arguments);
}

Outcome bounded(const Workplace& place, int ranks, const std::string& out) {
  return simulate(place, ranks, out, {"--eps", std::to_string(epsilon), "--model", "always"});
}

Outcome read(const Workplace& place, const std::string& folder, std::vector<std::string> more = {}) {
  more.insert(more.begin(), folder);
  return place.run_program(INSITU_READER, more);
}

std::string field_file(const std::string& folder, int snapshot, const char* field) {
  return folder + "/snapshot_000" + std::to_string(snapshot) + "_" + field + ".npy";
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return largest;
}

}  // namespace

TEST_CASE("two ranks store snapshots that a reader with the decoder alone restores within the bound") {
  const Workplace place;
  const Outcome run = bounded(place, 2, "run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(run.json().at("ranks").as_int64() == 2);
  CHECK(run.json().at("ratio").as_double() > 1);

  const Outcome reading = read(place, "run", {"--originals", "run_originals", "--out", "restored"});
  INFO(reading.err);
  REQUIRE(reading.status == 0);
  for (int snapshot = 0; snapshot < 2; ++snapshot) {
    for (const char* name : names) {
      const auto x = isthmus::data::read_npy(place / field_file("run_originals", snapshot, name));
      const auto y = isthmus::data::read_npy(place / field_file("restored", snapshot, name));
      CHECK(y.shape == std::vector<std::int64_t>{128, 128});
      const double largest = largest_difference(x.values, y.values);
      CHECK(largest <= epsilon);
      CHECK(largest > 0);
    }
  }
}

TEST_CASE("a run in situ gives the same bits again, and the simulation on any number of ranks") {
  const Workplace place;
  for (const char* out : {"a", "b"}) REQUIRE(bounded(place, 2, out).status == 0);
  REQUIRE(bounded(place, 1, "one").status == 0);
  CHECK(place.text("a/decoder.safetensors") == place.text("b/decoder.safetensors"));
  for (const char* out : {"a", "b"})
    REQUIRE(read(place, out, {"--out", std::string(out) + "_restored"}).status == 0);
  for (const char* name : names) {
    CHECK(place.text(field_file("a_restored", 1, name)) == place.text(field_file("b_restored", 1, name)));
    CHECK(place.text(field_file("a_originals", 1, name)) == place.text(field_file("one_originals", 1, name)));
  }
}

TEST_CASE("codes alone are smaller, and promise nothing") {
  const Workplace place;
  const Outcome codes = simulate(place, 2, "codes", {}), within = bounded(place, 2, "within");
  REQUIRE(codes.status == 0);
  REQUIRE(within.status == 0);
  CHECK(codes.json().at("ratio").as_double() > within.json().at("ratio").as_double());
  const Outcome reading = read(place, "codes", {"--originals", "codes_originals", "--picture", "height.png"});
  INFO(reading.err);
  CHECK(reading.status == 0);
  CHECK(reading.out.find("height: largest error") != std::string::npos);
  CHECK(reading.out.find("within") == std::string::npos);
  CHECK(place.text("height.png").starts_with("\x89PNG"));
}

TEST_CASE("a model that is of no use is left out") {
  const Workplace place;
  // Of so little learning nothing helps at so small a bound.
  std::vector<std::string> options{"--eps", "0.0001", "--model", "auto"};
  const Outcome automatic = simulate(place, 2, "auto", options);
  options.back() = "never";
  const Outcome never = simulate(place, 2, "never", options);
  options.back() = "always";
  const Outcome always = simulate(place, 2, "always", options);
  CHECK(automatic.json().at("ratio") == never.json().at("ratio"));
  CHECK(automatic.json().at("ratio").as_double() > always.json().at("ratio").as_double());
  for (const char* folder : {"auto", "always"})
    CHECK(read(place, folder, {"--originals", std::string(folder) + "_originals"}).status == 0);
}

TEST_CASE("methods are compared at their bounds") {
  const Workplace place;
  const Outcome run = simulate(place, 2, "run", {"--compare", "0.01,0.001", "--repeats", "1"});
  INFO(run.err);
  REQUIRE(run.status == 0);
  const boost::json::array methods = run.json().at("comparison").as_array();
  REQUIRE(methods.size() == 7);
  CHECK(methods.at(0).at("method") == "code alone");
  for (const auto& method : methods) {
    CHECK(method.at("ratio").as_double() > 1);
    CHECK(method.at("compress_mb_per_s").as_double() > 0);
    const double bound = method.at("epsilon").to_number<double>();
    if (bound > 0) CHECK(method.at("largest_error").as_double() <= bound);
  }
}

TEST_CASE("a reader names what is damaged, missing or not within the bound") {
  const Workplace place;
  REQUIRE(bounded(place, 2, "run").status == 0);
  const auto complaint = [&](const std::string& folder, std::vector<std::string> more = {}) {
    const Outcome outcome = read(place, folder, std::move(more));
    CHECK(outcome.status == 1);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    return outcome.err;
  };
  CHECK(complaint("nowhere").find("nowhere/decoder.safetensors: cannot open") != std::string::npos);
  // The fields of the other moment are not within the bound.
  for (const char* name : names)
    std::filesystem::copy(place / field_file("run_originals", 1, name),
                          place / field_file("run_originals", 0, name),
                          std::filesystem::copy_options::overwrite_existing);
  CHECK(complaint("run", {"--originals", "run_originals"}).find("where 0.00") != std::string::npos);
  // Some bit of what is stored.
  std::string bytes = place.text("run/snapshot_0001.h5");
  const std::size_t at = bytes.find("isthmusB");
  REQUIRE(at != std::string::npos);
  bytes[at + 90] ^= 4;
  place.write("run/snapshot_0001.h5", bytes);
  CHECK(complaint("run").find("snapshot_0001.h5: /") != std::string::npos);
  place.write("run/snapshot_0001.h5", bytes.substr(0, 1000));
  CHECK(complaint("run").find("snapshot_0001.h5") != std::string::npos);
  std::filesystem::remove(place / "run/snapshot_0000.h5");
  CHECK(complaint("run").find("expected a snapshot of insitu, found no file") != std::string::npos);
}

TEST_CASE("a decoder with other parameters is refused") {
  const Workplace place;
  REQUIRE(simulate(place, 1, "one", {"--eps", "0.02", "--model", "always"}).status == 0);
  REQUIRE(simulate(place, 1, "other", {"--eps", "0.02", "--model", "always", "--seed", "2"}).status == 0);
  std::filesystem::copy(place / "other/decoder.safetensors", place / "one/decoder.safetensors",
                        std::filesystem::copy_options::overwrite_existing);
  const Outcome outcome = read(place, "one");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("checksum of the guess") != std::string::npos);
}

TEST_CASE("bad options of a simulation in situ are said once") {
  const Workplace place;
  const Outcome size = simulate(place, 2, "run", {"--size", "100"});
  CHECK(size.status == 2);
  const std::string complaint = "--size: expected a multiple of 64 for 2 ranks, found 100";
  CHECK(size.err.find(complaint) != std::string::npos);
  CHECK(size.err.find(complaint) == size.err.rfind(complaint));
  for (const char* bound : {"0", "nan", "inf", "-1", "1e-60", "x"})
    CHECK(simulate(place, 1, "run", {"--eps", bound}).status == 2);
  CHECK_FALSE(place.has("run/snapshot_0000.h5"));
  CHECK(place.run_program(INSITU_READER, {}).status == 2);
}

TEST_CASE("the reader has the model's decoder and no encoder") {
  const Workplace place;
  const Outcome symbols = place.run_program(ISTHMUS_NM, {"-C", INSITU_READER});
  REQUIRE(symbols.status == 0);
  CHECK(symbols.out.find("isthmus::models::field::decode::") != std::string::npos);
  for (const char* role : {"encode", "train", "train_distributed", "evaluate", "reconstruct", "corrupt"})
    CHECK(symbols.out.find(std::string("isthmus::models::field::") + role + "::") == std::string::npos);
  CHECK(symbols.out.find("MPI_") == std::string::npos);
}
