// `bench`: how long one step takes, beside the machine's own peak measured in the same run.
#include "allocation_count.hpp"
#include "clock.hpp"
#include "commands.hpp"
#include "models.hpp"
#include "output.hpp"
#include "peak.hpp"
#include "schedule_meter.hpp"
#include "statistics.hpp"
#include "subject.hpp"
#include "threads.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/plan/cost.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "text.hpp"

namespace isthmus::tool {
namespace {

const std::vector<std::pair<std::string, Role>> modes{{"train", Role::train},
                                                      {"reconstruct", Role::reconstruct},
                                                      {"encode", Role::encode},
                                                      {"decode", Role::decode}};

/// The timed part is cut into at most so many pieces, with a measurement of the peak before each and after
/// the last: a machine that others use is not equally fast all the time.
constexpr int most_pieces = 8;
constexpr double peak_seconds = 0.04;
constexpr std::size_t most_steps = 1'000'000;

struct BenchOptions {
  std::string graph;
  Role mode = Role::train;
  int batch = 1024;
  int threads = 0;
  Placement placement;
  std::string schedule;
  Weights weights = Weights::fp32();
  std::optional<Precision> precision;
  double seconds = 2;
  bool json = false;
};

struct Measurement {
  double median_ms = 0, min_ms = 0;
  double peak_flops = 0;
  std::int64_t allocations = 0;
  std::size_t steps = 0;
};

Measurement measure(Subject& subject, int threads, double seconds) {
  const lower::Program& program = subject.session().program();
  PeakMeter meter(program.products != nullptr ? program.products->measure_peak : program.kernels->measure_peak,
                  threads);
  std::vector<double> peaks, times;
  // Room for every step, so that noting a time does not allocate.
  times.reserve(most_steps);
  Measurement result;
  const auto warm = Clock::now();
  double one = 0;
  do {
    const auto begin = Clock::now();
    subject.step();
    one = seconds_since(begin);
  } while (seconds_since(warm) < std::min(0.2, seconds));
  // Each piece has one step that is not timed: few pieces if few steps fit.
  const int pieces = static_cast<int>(std::clamp(seconds / one, 2.0, double{most_pieces}));
  for (int piece = 0; piece < pieces; ++piece) {
    peaks.push_back(meter.measure(peak_seconds));
    subject.step();  // Brings its data into the caches again.
    const std::int64_t before = allocation_count();
    const auto start = Clock::now();
    do {
      const auto begin = Clock::now();
      subject.step();
      times.push_back(seconds_since(begin));
    } while (seconds_since(start) < seconds / pieces && times.size() < most_steps - most_pieces);
    result.allocations += allocation_count() - before;
  }
  peaks.push_back(meter.measure(peak_seconds));
  result.peak_flops = median(peaks);
  result.min_ms = *std::min_element(times.begin(), times.end()) * 1e3;
  result.steps = times.size();
  result.median_ms = median(std::move(times)) * 1e3;
  return result;
}

void bench(const BenchOptions& options) {
  const ModelEntry& entry = *find_model(options.graph);
  const int threads = threads_or_all(options.threads);
  Subject subject(in_precision(entry.program(options.mode), options.precision), options.batch);
  if (!options.schedule.empty())
    subject.session().follow(schedule_for(entry, subject.session(), options.schedule, threads));
  subject.session().set_weights(options.weights.kernels());
  Measurement measured;
  run_with_threads(threads, [&] { measured = measure(subject, threads, options.seconds); }, options.placement);

  const lower::Program& program = subject.session().program();
  const double flops = plan::declared_flops(program.plan.graph, options.batch);
  const double gflops = flops / measured.median_ms / 1e6, peak_gflops = measured.peak_flops / 1e9;
  const double samples_per_second = options.batch / measured.median_ms * 1e3;
  const std::int64_t arena = subject.session().arena_bytes();
  if (options.json) {
    print(boost::json::object{{"graph", options.graph},
                              {"mode", name_of(options.mode)},
                              {"batch", options.batch},
                              {"threads", threads},
                              {"median_ms", measured.median_ms},
                              {"min_ms", measured.min_ms},
                              {"gflops", gflops},
                              {"peak_gflops", peak_gflops},
                              {"fraction_of_peak", gflops / peak_gflops},
                              {"arena_bytes", arena},
                              {"allocations", measured.allocations},
                              {"target", program.kernels->target},
                              {"precision", name_of(program.plan.precision)},
                              {"flops_per_step", flops},
                              {"samples_per_second", samples_per_second},
                              {"steps", measured.steps}});
    return;
  }
  print(listing({{"graph", options.graph},
                 {"mode", std::string(name_of(options.mode))},
                 {"batch", fmt::format("{}", options.batch)},
                 {"threads", fmt::format("{}", threads)},
                 {"SIMD target", program.kernels->target},
                 {"precision", std::string(name_of(program.plan.precision))},
                 {"median step", fmt::format("{:.4f} ms of {} steps", measured.median_ms, measured.steps)},
                 {"fastest step", fmt::format("{:.4f} ms", measured.min_ms)},
                 {"samples", fmt::format("{}/s", grouped(std::llround(samples_per_second)))},
                 {"matrix products", fmt::format("{:.1f} GFLOP/s", gflops)},
                 {fmt::format("{} peak", program.products != nullptr ? program.products->unit : "FMA"),
                  fmt::format("{:.1f} GFLOP/s", peak_gflops)},
                 {"fraction of peak", fmt::format("{:.1f} %", 100 * gflops / peak_gflops)},
                 {"arena", fmt::format("{} bytes", grouped(arena))},
                 {"allocations", fmt::format("{} in the timed part", measured.allocations)}}));
}

}  // namespace

void add_bench(CLI::App& app) {
  const Command command(app, "bench", "Time a model's step and compare it with the machine's FMA peak");
  const auto options = std::make_shared<BenchOptions>();
  add_graph_argument(command, options->graph);
  add_choice(command, "--mode", "MODE", options->mode, modes, "train, reconstruct, encode or decode").required();
  add_batch_option(command, options->batch, "samples in each step");
  add_threads_option(command, options->threads);
  add_placement_options(command, options->placement);
  const Option schedule =
      add_schedule_option(command, options->schedule, "of training: as `isthmus schedules` has them, or auto");
  const Option weights = add_weights_option(command, options->weights);
  const Option precision = add_precision_option(command, options->precision);
  add_number(command, "--seconds", options->seconds, Bounds<double>{0.01, 3600}, "how long to time steps")
      .default_str(fmt::format("{}", options->seconds));
  add_json_flag(command, options->json);
  command.callback([options, schedule, weights, precision] {
    if (schedule.count() > 0 && options->mode != Role::train) refuse("--schedule", "is for --mode train");
    if (weights.count() > 0 && options->mode == Role::train)
      refuse("--weights", "is for the modes that only compute");
    if (precision.count() > 0 && options->mode != Role::train) refuse("--precision", "is for --mode train");
    bench(*options);
  });
}

}  // namespace isthmus::tool
