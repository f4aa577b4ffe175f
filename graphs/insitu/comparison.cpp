#include "comparison.hpp"

#include "sz3.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <zfp.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

namespace insitu {
namespace {

using Bytes = std::string;

/// The operations of a compression method on one strip.
struct Method {
  std::string name;
  double epsilon = 0;
  std::int64_t extra_bytes = 0;  ///< stored once
  std::function<StoredField(std::span<const float>)> compress;
  std::function<std::vector<float>(const StoredField&)> decompress;
  std::function<std::size_t(const StoredField&)> bytes = [](const StoredField& stored) { return stored.bytes(); };
};

/// zfp's stream over `buffer` for fixed accuracy, closed at the end.
class Zfp {
 public:
  Zfp(void* buffer, std::size_t size, double accuracy, float* values, int rows, int columns)
      : bits_(stream_open(buffer, size), &stream_close),
        stream_(zfp_stream_open(bits_.get()), &zfp_stream_close),
        field_(zfp_field_2d(values, zfp_type_float, static_cast<std::size_t>(columns),
                            static_cast<std::size_t>(rows)),
               &zfp_field_free) {
    zfp_stream_set_accuracy(stream_.get(), accuracy);
    zfp_stream_rewind(stream_.get());
  }
  std::size_t largest_size() const { return zfp_stream_maximum_size(stream_.get(), field_.get()); }
  std::size_t compress() { return zfp_compress(stream_.get(), field_.get()); }
  std::size_t decompress() { return zfp_decompress(stream_.get(), field_.get()); }

 private:
  std::unique_ptr<bitstream, decltype(&stream_close)> bits_;
  std::unique_ptr<zfp_stream, decltype(&zfp_stream_close)> stream_;
  std::unique_ptr<zfp_field, decltype(&zfp_field_free)> field_;
};

Method zfp_method(int rows, int columns, double epsilon) {
  Method method;
  method.name = "zfp";
  method.epsilon = epsilon;
  method.compress = [=](std::span<const float> field) {
    // zfp only reads the values when it compresses.
    auto* const values = const_cast<float*>(field.data());
    Bytes bytes(Zfp(nullptr, 0, epsilon, values, rows, columns).largest_size(), '\0');
    const std::size_t size = Zfp(bytes.data(), bytes.size(), epsilon, values, rows, columns).compress();
    if (size == 0) throw isthmus::Error("zfp cannot compress");
    bytes.resize(size);
    return StoredField{{}, {}, std::move(bytes)};
  };
  method.decompress = [=](const StoredField& stored) {
    std::vector<float> field(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    Bytes bytes = stored.residual;
    if (Zfp(bytes.data(), bytes.size(), epsilon, field.data(), rows, columns).decompress() == 0)
      throw isthmus::Error("zfp cannot decompress");
    return field;
  };
  return method;
}

Method sz3_method(int rows, int columns, double epsilon) {
  Method method;
  method.name = "SZ3";
  method.epsilon = epsilon;
  method.compress = [=](std::span<const float> field) {
    return StoredField{{}, {}, compress_sz3(field, rows, columns, epsilon)};
  };
  method.decompress = [=](const StoredField& stored) { return decompress_sz3(stored.residual, rows, columns); };
  method.bytes = [](const StoredField& stored) { return sz3_bytes(stored.residual); };
  return method;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return largest;
}

Measurement measure(MPI_Comm communicator, const Method& method, const Strips& strips, int repeats) {
  std::vector<StoredField> stored(strips.fields.size());
  constexpr double never = std::numeric_limits<double>::infinity();
  double times[2] = {never, never}, largest = 0;
  std::int64_t bytes[2] = {0, 0};
  std::vector<std::vector<float>> restored(strips.fields.size());
  for (int run = 0; run <= repeats; ++run) {
    MPI_Barrier(communicator);
    double now[2] = {0, 0}, start = MPI_Wtime();
    for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = method.compress(strips.fields[i]);
    now[0] = MPI_Wtime() - start;
    MPI_Barrier(communicator);
    start = MPI_Wtime();
    for (std::size_t i = 0; i < stored.size(); ++i) restored[i] = method.decompress(stored[i]);
    now[1] = MPI_Wtime() - start;
    MPI_Allreduce(MPI_IN_PLACE, now, 2, MPI_DOUBLE, MPI_MAX, communicator);
    // The first run warms up.
    for (int i = 0; run > 0 && i < 2; ++i) times[i] = std::min(times[i], now[i]);
  }
  for (std::size_t i = 0; i < stored.size(); ++i) {
    largest = std::max(largest, largest_difference(strips.fields[i], restored[i]));
    bytes[0] += static_cast<std::int64_t>(strips.fields[i].size() * sizeof(float));
    bytes[1] += static_cast<std::int64_t>(method.bytes(stored[i]));
  }
  MPI_Allreduce(MPI_IN_PLACE, bytes, 2, MPI_INT64_T, MPI_SUM, communicator);
  MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, communicator);
  if (method.epsilon > 0 && !(largest <= method.epsilon))
    throw isthmus::Error(
        fmt::format("{}: an error of {} where {} was promised", method.name, largest, method.epsilon));
  const auto raw = static_cast<double>(bytes[0]);
  return {method.name,          method.epsilon,       raw / static_cast<double>(bytes[1] + method.extra_bytes),
          raw / times[0] / 1e6, raw / times[1] / 1e6, largest};
}

}  // namespace

std::vector<Measurement> compare(MPI_Comm communicator, Compressor& compressor, const Strips& strips,
                                 const std::vector<double>& epsilons, std::int64_t decoder_bytes, int repeats) {
  const int rows = strips.rows, columns = strips.columns;
  const auto restore = [&, rows, columns](const StoredField& stored) {
    return compressor.restorer().restore(stored, rows, columns, "comparison");
  };
  std::vector<Method> methods;
  methods.push_back({"code alone", 0, decoder_bytes,
                     [&](std::span<const float> field) { return compressor.compress(field, rows, columns); },
                     restore});
  for (const double epsilon : epsilons) {
    const float bound = float_below(epsilon);
    methods.push_back(
        {"with the model", epsilon, decoder_bytes,
         [&, bound](std::span<const float> field) { return compressor.compress(field, rows, columns, bound); },
         restore});
    methods.push_back(
        {"without", epsilon, 0,
         [&, bound](std::span<const float> field) { return compressor.compress_alone(field, columns, bound); },
         restore});
    methods.push_back(zfp_method(rows, columns, epsilon));
    if (has_sz3()) methods.push_back(sz3_method(rows, columns, epsilon));
  }
  std::vector<Measurement> measurements;
  for (const Method& method : methods) measurements.push_back(measure(communicator, method, strips, repeats));
  return measurements;
}

std::string table_of(const std::vector<Measurement>& measurements) {
  std::string table =
      "| bound | method | ratio | compress, MB/s | decompress, MB/s | largest error |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const Measurement& m : measurements) {
    table += fmt::format("| {} | {} | {:.1f} | {:.0f} | {:.0f} | {:.2g} |\n",
                         m.epsilon > 0 ? fmt::format("{:g}", m.epsilon) : "none", m.method, m.ratio, m.compress,
                         m.decompress, m.largest_error);
  }
  return table;
}

}  // namespace insitu
