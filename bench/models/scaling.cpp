// How the time of a step grows with the batch and with the layers' width, in training and in use, beside a roof:
// no step is faster than its operations at the FMA peak, nor than its bytes at the rate at which the machine
// streams as many. Peak and rate are measured before each piece of the steps that they belong to.
//
// Bytes, the least that a step must move. In training: the parameters and Adam's two moments, read and written,
// and the activations of every layer (the input's values count as those of a layer), written going forward and
// read going back. In use: the parameters and the input, read, hidden activations, written and read, and the
// output, written. Gradients and the inputs of activation functions need never be stored. The rate is that of a
// stream that goes through as many distinct bytes again and again, so that small models are compared with the
// caches in which they live.
//
// Writes scaling.csv, scaling.json and scaling.png into the folder.
#include <isthmus/data/atomic_file.hpp>
#include <isthmus/plan/cost.hpp>
#include <isthmus_models/width_1024.hpp>
#include <isthmus_models/width_128.hpp>
#include <isthmus_models/width_2048.hpp>
#include <isthmus_models/width_256.hpp>
#include <isthmus_models/width_4096.hpp>
#include <isthmus_models/width_512.hpp>
#include <isthmus_models/width_64.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <exception>
#include <filesystem>

#include "report/gnuplot.hpp"
#include "scaling_plot.hpp"
#include "stream.hpp"
#include "tool/clock.hpp"
#include "tool/peak.hpp"
#include "tool/statistics.hpp"
#include "tool/subject.hpp"
#include "tool/threads.hpp"

namespace {

using namespace isthmus;
using bench::Point;

constexpr int pieces = 5;
constexpr double machine_seconds = 0.02;  ///< that peak and rate are measured for, before each piece
constexpr int most_batch = 4096;

template <int width>
lower::Program program_of(Role role) {
  return role == Role::train ? linked_program<bench::Width<width>, Role::train>()
                             : linked_program<bench::Width<width>, Role::reconstruct>();
}

struct Family {
  int width;
  GraphView declared;
  lower::Program (*program)(Role);
};
template <int width>
Family family() {
  return {width, bench::Width<width>::model.graph, &program_of<width>};
}

/// Floats of a step, see above.
struct Traffic {
  double distinct = 0, moved = 0;
};
Traffic traffic_of(GraphView declared, bool trains, double batch) {
  const auto parameters = static_cast<double>(parameter_count(declared));
  double input = 0, results = 0, output = 0;
  for (const Node& node : declared) {
    const auto values = static_cast<double>(node.shape.elements_per_sample()) * batch;
    if (node.op == Op::input) input = values;
    if (node.op == Op::matmul) results += output = values;
  }
  const double activations = input + results;
  if (trains) return {3 * parameters + activations, 2 * (3 * parameters + activations)};
  return {parameters + activations, parameters + input + 2 * (results - output) + output};
}

Point measure(const Family& model, const char* sweep, Role role, int batch, int threads, double seconds) {
  tool::Subject subject(model.program(role), batch);
  const bool trains = role == Role::train;
  const Traffic traffic = traffic_of(model.declared, trains, batch);
  bench::StreamMeter stream(static_cast<std::size_t>(traffic.distinct) * sizeof(float), threads);
  const lower::Program& program = subject.session().program();
  tool::PeakMeter meter(program.kernels->measure_peak, threads);
  std::vector<double> times, peaks, rates;
  for (int piece = 0; piece < pieces; ++piece) {
    peaks.push_back(meter.measure(machine_seconds));
    rates.push_back(trains ? stream.update(machine_seconds) : stream.read(machine_seconds));
    subject.step();  // Its data are in the caches again.
    const auto start = tool::Clock::now();
    do {
      const auto begin = tool::Clock::now();
      subject.step();
      times.push_back(tool::seconds_since(begin));
    } while (tool::seconds_since(start) < seconds / pieces);
  }
  Point point;
  point.sweep = sweep;
  point.mode = trains ? "train" : "reconstruct";
  point.width = model.width;
  point.batch = batch;
  point.min_ms = *std::min_element(times.begin(), times.end()) * 1e3;
  point.median_ms = tool::median(std::move(times)) * 1e3;
  point.flops = plan::declared_flops(program.plan.graph, batch);
  point.bytes = traffic.moved * sizeof(float);
  point.peak_flops = tool::median(peaks);
  point.bandwidth = tool::median(rates);
  fmt::print(stderr, "{:<5} {:<11} width {:>4} batch {:>4} {:>9.3f} ms, roof {:>9.3f} ms\n", point.sweep,
             point.mode, point.width, point.batch, point.median_ms, point.roof_ms());
  return point;
}

std::string csv_of(const std::vector<Point>& points) {
  std::string text =
      "sweep,mode,width,batch,median_ms,min_ms,flops,bytes,peak_gflops,bandwidth_gbs,compute_ms,memory_ms,of_roof\n";
  for (const Point& p : points)
    text += fmt::format("{},{},{},{},{:.6g},{:.6g},{:.0f},{:.0f},{:.4g},{:.4g},{:.6g},{:.6g},{:.4g}\n", p.sweep,
                        p.mode, p.width, p.batch, p.median_ms, p.min_ms, p.flops, p.bytes, p.peak_flops / 1e9,
                        p.bandwidth / 1e9, p.compute_ms(), p.memory_ms(), p.roof_ms() / p.median_ms);
  return text;
}

std::string json_of(const std::vector<Point>& points, const char* target, int threads) {
  boost::json::array list;
  for (const Point& p : points)
    list.push_back(boost::json::object{{"sweep", p.sweep},
                                       {"mode", p.mode},
                                       {"width", p.width},
                                       {"batch", p.batch},
                                       {"median_ms", p.median_ms},
                                       {"min_ms", p.min_ms},
                                       {"flops", p.flops},
                                       {"bytes", p.bytes},
                                       {"peak_gflops", p.peak_flops / 1e9},
                                       {"bandwidth_gbs", p.bandwidth / 1e9},
                                       {"compute_ms", p.compute_ms()},
                                       {"memory_ms", p.memory_ms()},
                                       {"of_roof", p.roof_ms() / p.median_ms}});
  const boost::json::object whole{{"threads", threads}, {"target", target}, {"points", list}};
  return boost::json::serialize(whole) + "\n";
}

void scale(const std::filesystem::path& folder, int threads, double seconds) {
  data::require_writable_folder(folder);
  const Family families[] = {family<64>(),   family<128>(),  family<256>(), family<512>(),
                             family<1024>(), family<2048>(), family<4096>()};
  const Family& dense = families[3];
  std::vector<Point> points;
  for (const Role role : {Role::train, Role::reconstruct}) {
    for (int batch = 1; batch <= most_batch; batch *= 2)
      points.push_back(measure(dense, "batch", role, batch, threads, seconds));
    for (const int batch : {1, 1024})
      for (const Family& model : families)
        points.push_back(measure(model, "width", role, batch, threads, seconds));
  }
  const char* const target = program_of<512>(Role::train).kernels->target;
  const std::string machine = fmt::format(
      "Time of a step: 784 – width – width/4 – 10 – width/4 – width – 784, {}, {} threads", target, threads);
  data::write_atomically(folder / "scaling.csv", csv_of(points));
  data::write_atomically(folder / "scaling.json", json_of(points, target, threads));
  data::write_atomically(folder / "scaling.png", report::run_gnuplot(bench::scaling_script(points, machine)));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Times steps over batch and width, beside the machine's limits.", "bench_scaling");
  std::string folder = "out/scaling";
  int threads = 0;
  double seconds = 1;
  app.add_option("--out", folder, "folder for scaling.csv, scaling.json and scaling.png")->capture_default_str();
  app.add_option("--threads", threads, "threads (0: all)")->check(CLI::Range(0, 4096))->capture_default_str();
  app.add_option("--seconds", seconds, "how long to time the steps of each point")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const int all = tool::threads_or_all(threads);
    tool::run_with_threads(all, [&] { scale(folder, all, seconds); });
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_scaling: {}\n", error.what());
    return 1;
  }
}
