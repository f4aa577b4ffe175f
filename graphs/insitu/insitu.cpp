// A simulation that learns its own snapshots while it runs, and stores codes of them: see README.md.
#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/npy.hpp>

#include <fmt/format.h>
#include <mpi.h>
#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <optional>

#include "comparison.hpp"
#include "gather.hpp"
#include "learner.hpp"
#include "shallow_water.hpp"
#include "snapshot_file.hpp"
#include "tiles.hpp"

namespace insitu {
namespace {

struct Settings {
  int size = 512;         ///< rows and columns
  int interval = 12;      ///< steps from one snapshot to the next
  int warmup = 8;         ///< snapshots that are learned from
  int learn_steps = 300;  ///< after each of these
  int snapshots = 8;      ///< that are stored, afterwards
  std::optional<double> epsilon;
  std::string model = "auto";  ///< whether it helps with a bound: always, never, or where it saves bytes
  std::uint64_t seed = 1;
  std::string out = "out/insitu";
  std::string originals;
  std::vector<double> compare;
  int repeats = 5;
  bool json = false;
};

int rank_of(MPI_Comm communicator) {
  int rank = 0;
  MPI_Comm_rank(communicator, &rank);
  return rank;
}

int size_of(MPI_Comm communicator) {
  int size = 1;
  MPI_Comm_size(communicator, &size);
  return size;
}

/// Writes the fields that the ranks have stored of a snapshot as one file, on the first rank.
void store(const Settings& settings, const ShallowWater& water, int number, const std::vector<StoredField>& mine) {
  const auto all = gather(MPI_COMM_WORLD, mine);
  if (all.empty()) return;
  Snapshot snapshot{water.steps(),
                    settings.size,
                    settings.size,
                    static_cast<int>(all.size()),
                    settings.epsilon ? float_below(*settings.epsilon) : 0.0f,
                    {}};
  for (std::size_t field = 0; field < fields; ++field) {
    auto& strips = snapshot.fields.emplace_back();
    for (const auto& rank : all) strips.push_back(rank[field]);
  }
  write_snapshot(snapshot_path(settings.out, number), snapshot);
}

/// The field itself, for a reader to check with: `originals`/snapshot_0000_height.npy.
void keep_original(const Settings& settings, const ShallowWater& water, int number, int field) {
  const std::vector<float> mine = water.field(field);
  const auto side = static_cast<std::size_t>(settings.size);
  const bool first = rank_of(MPI_COMM_WORLD) == 0;
  std::vector<float> all(first ? side * side : 0);
  const auto count = static_cast<int>(mine.size());
  MPI_Gather(mine.data(), count, MPI_FLOAT, all.data(), count, MPI_FLOAT, 0, MPI_COMM_WORLD);
  const std::int64_t shape[] = {settings.size, settings.size};
  if (first) isthmus::data::write_npy(original_path(settings.originals, number, field_names[field]), shape, all);
}

/// One JSON object, or a table and what else is to be said.
void report(const Settings& settings, const std::vector<Measurement>& measurements, double loss, double ratio) {
  if (settings.json) {
    boost::json::array methods;
    for (const Measurement& m : measurements) {
      methods.push_back(boost::json::object{{"method", m.method},
                                            {"epsilon", m.epsilon},
                                            {"ratio", m.ratio},
                                            {"compress_mb_per_s", m.compress},
                                            {"decompress_mb_per_s", m.decompress},
                                            {"largest_error", m.largest_error}});
    }
    const boost::json::object all{{"ranks", size_of(MPI_COMM_WORLD)},
                                  {"size", settings.size},
                                  {"loss", loss},
                                  {"ratio", ratio},
                                  {"comparison", methods}};
    fmt::print("{}\n", boost::json::serialize(all));
    return;
  }
  fmt::print("{} snapshots of {} x {} x {} are in {}, {:.1f} times smaller with the decoder\n", settings.snapshots,
             fields, settings.size, settings.size, settings.out, ratio);
  if (!measurements.empty()) fmt::print("\n{}", table_of(measurements));
}

/// Compresses one field within the bound, snapshot by snapshot: with the model or without, as is asked for or as
/// the first snapshot shows that it is smaller.
class Choice {
 public:
  explicit Choice(const Settings& settings) : epsilon_(settings.epsilon ? float_below(*settings.epsilon) : 0.0f) {
    if (settings.model != "auto") guided_ = settings.model == "always";
  }

  StoredField compress(Compressor& compressor, std::span<const float> values, int rows, int columns) {
    if (guided_) {
      return *guided_ ? compressor.compress(values, rows, columns, epsilon_)
                      : compressor.compress_alone(values, columns, epsilon_);
    }
    StoredField with = compressor.compress(values, rows, columns, epsilon_);
    StoredField without = compressor.compress_alone(values, columns, epsilon_);
    guided_ = with.bytes() < without.bytes();
    return *guided_ ? with : without;
  }

 private:
  float epsilon_;
  std::optional<bool> guided_;
};

void simulate(const Settings& settings) {
  const bool speaks = rank_of(MPI_COMM_WORLD) == 0;
  if (speaks) {
    isthmus::data::require_writable_folder(settings.out);
    if (!settings.originals.empty()) isthmus::data::require_writable_folder(settings.originals);
  }
  ShallowWater water(MPI_COMM_WORLD, settings.size, settings.size, settings.seed);
  water.advance(settings.interval * 4);  // Before there are waves everywhere there is nothing to learn.

  // The model is learned from the first snapshots, and then left alone: a reader needs one decoder.
  Learner learner(MPI_COMM_WORLD, settings.seed, settings.warmup * settings.learn_steps);
  double loss = 0;
  for (int i = 0; i < settings.warmup; ++i) {
    water.advance(settings.interval);
    for (int field = 0; field < fields; ++field)
      learner.add(normalise(water.field(field), water.rows(), water.columns()).tiles);
    loss = learner.learn(settings.learn_steps);
    if (speaks)
      fmt::print(stderr, "insitu: step {}: learned from {} snapshots, loss {:.5f}\n", water.steps(), i + 1, loss);
  }
  const std::vector<isthmus::NamedTensor> parameters = learner.parameters();
  std::int64_t decoder_bytes = 0;
  if (speaks) {
    write_decoder(settings.out, parameters);
    decoder_bytes = static_cast<std::int64_t>(
        std::filesystem::file_size(std::filesystem::path(settings.out) / "decoder.safetensors"));
  }
  MPI_Bcast(&decoder_bytes, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);

  Compressor compressor(parameters);
  Choice choices[fields] = {Choice(settings), Choice(settings), Choice(settings)};
  Strips strips{water.rows(), water.columns(), {}};
  std::int64_t bytes[2] = {0, 0};
  for (int number = 0; number < settings.snapshots; ++number) {
    water.advance(settings.interval);
    std::vector<StoredField> mine;
    for (int field = 0; field < fields; ++field) {
      const std::vector<float> values = water.field(field);
      mine.push_back(settings.epsilon ? choices[field].compress(compressor, values, water.rows(), water.columns())
                                      : compressor.compress(values, water.rows(), water.columns()));
      bytes[0] += static_cast<std::int64_t>(values.size() * sizeof(float));
      bytes[1] += static_cast<std::int64_t>(mine.back().bytes());
      if (!settings.originals.empty()) keep_original(settings, water, number, field);
      if (!settings.compare.empty()) strips.fields.push_back(values);
    }
    store(settings, water, number, mine);
  }
  MPI_Allreduce(MPI_IN_PLACE, bytes, 2, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
  std::vector<Measurement> measurements;
  if (!settings.compare.empty())
    measurements = compare(MPI_COMM_WORLD, compressor, strips, settings.compare, decoder_bytes, settings.repeats);
  if (speaks)
    report(settings, measurements, loss,
           static_cast<double>(bytes[0]) / static_cast<double>(bytes[1] + decoder_bytes));
}

/// A bound that a float can be below, and not 0.
std::string complaint_of_bound(const std::string& text) {
  double bound = 0;
  const bool good = CLI::detail::lexical_cast(text, bound) && std::isfinite(bound) && float_below(bound) > 0 &&
                    float_below(bound) <= std::numeric_limits<float>::max();
  return good ? "" : fmt::format("expected a positive number that a float can hold, found {}", text);
}

int run(int argc, char** argv) {
  Settings settings;
  CLI::App app{"A simulation that learns its own snapshots, and stores codes of them."};
  app.add_option("--size", settings.size, "rows and columns, whole tiles of 32 for each rank")
      ->capture_default_str();
  app.add_option("--interval", settings.interval, "steps from one snapshot to the next")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--warmup", settings.warmup, "snapshots that are learned from")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--learn-steps", settings.learn_steps, "steps of training after each of these")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--snapshots", settings.snapshots, "snapshots that are stored, afterwards")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--eps", settings.epsilon, "no point is off by more; without it codes alone are stored")
      ->check(complaint_of_bound);
  app.add_option("--model", settings.model, "with --eps: always, never, or auto: where it makes a field smaller")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "of the rain and of the model")->capture_default_str();
  app.add_option("--out", settings.out, "folder of the snapshots and the decoder")->capture_default_str();
  app.add_option("--originals", settings.originals,
                 "folder for the fields themselves, for the reader to check with");
  app.add_option("--compare", settings.compare,
                 "bounds at which model, no model, zfp and SZ3 (if HDF5_PLUGIN_PATH has it) are compared")
      ->delimiter(',')
      ->check(complaint_of_bound);
  app.add_option("--repeats", settings.repeats, "measurements of each, of which the fastest counts")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", settings.json, "one JSON object on standard output");
  const bool speaks = rank_of(MPI_COMM_WORLD) == 0;
  try {
    app.parse(argc, argv);
    const int ranks = size_of(MPI_COMM_WORLD);
    if (settings.size <= 0 || settings.size % (tile_side * ranks) != 0) {
      throw CLI::ValidationError("--size", fmt::format("expected a multiple of {} for {} ranks, found {}",
                                                       tile_side * ranks, ranks, settings.size));
    }
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      if (speaks) app.exit(error);
      return 0;
    }
    if (speaks) fmt::print(stderr, "insitu: {}\n", error.what());
    return 2;
  }
  simulate(settings);
  return 0;
}

}  // namespace
}  // namespace insitu

int main(int argc, char** argv) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
  int status = 0;
  try {
    status = insitu::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "insitu: %s\n", error.what());
    // The others may wait for this one.
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
  return status;
}
