#include "code_pictures.hpp"

#include <isthmus/error.hpp>
#include <isthmus/report/codes.hpp>
#include <isthmus/report/picture.hpp>
#include <isthmus/report/projection.hpp>
#include <isthmus/report/scatter.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace isthmus::tool {
namespace {

/// The width of a picture in pixels, about.
constexpr int shown_width = 1100;

std::string draw_rows(const std::vector<report::Row>& rows, const ImageShape& shape, std::size_t columns) {
  const double width = static_cast<double>(columns) * std::max(shape.height, shape.width);
  const int scale = std::clamp(static_cast<int>(std::lround(shown_width / width)), 1, 64);
  return report::encode_png(report::tile_rows(rows, shape.height, shape.width, shape.channels, scale));
}

/// Images row by row; what the last row lacks is left white.
std::string draw_grid(std::vector<float> images, const ImageShape& shape, std::size_t columns) {
  const auto row = columns * static_cast<std::size_t>(shape.height * shape.width * shape.channels);
  images.resize((images.size() + row - 1) / row * row, 1.0f);
  std::vector<report::Row> rows;
  for (std::size_t first = 0; first < images.size(); first += row)
    rows.push_back({"", std::span(images).subspan(first, row)});
  return draw_rows(rows, shape, columns);
}

std::vector<float> decoded(InferenceCore& decoder, std::span<const float> codes, const OutputCheck& check,
                           std::span<const PortValues> conditions = {}) {
  std::vector<float> images = compute(decoder, codes, conditions);
  check(images, static_cast<std::size_t>(decoder.output_size()));
  return images;
}

}  // namespace

LatentPicture draw_latent(std::span<const float> codes, int code_size, std::span<const std::uint8_t> labels,
                          const std::string& title, report::ImageFormat format) {
  const report::Projection plane = report::project(codes, static_cast<std::size_t>(code_size));
  const std::size_t count = plane.points.size() / 2;
  const std::size_t shown = format == report::ImageFormat::svg ? std::min(count, most_points_on_page) : count;
  std::vector<double> points;
  std::vector<std::uint8_t> point_labels;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t from = i * count / shown;
    points.insert(points.end(), {plane.points[2 * from], plane.points[2 * from + 1]});
    if (!labels.empty()) point_labels.push_back(labels[from]);
  }
  return {report::draw_scatter({points, point_labels, report::axis_titles(plane), title}, format),
          plane.explained};
}

std::vector<std::string> label_texts(const data::Samples& samples, std::size_t first, std::size_t count) {
  std::vector<std::string> texts;
  if (samples.labels().empty()) return texts;
  for (const std::uint8_t label : samples.labels().subspan(first, count))
    texts.push_back(fmt::format("{}", label));
  return texts;
}

std::size_t classes_of(const InferenceCore& decoder) {
  constexpr int most_classes = 32;
  if (decoder.inputs().size() != 2 || decoder.inputs().back().kind != PortKind::condition) return 0;
  const int size = decoder.inputs().back().size;
  return size > 1 && size <= most_classes ? static_cast<std::size_t>(size) : 0;
}

std::string draw_samples(InferenceCore& decoder, const ImageShape& shape, std::size_t count, std::uint64_t seed,
                         const OutputCheck& check) {
  const auto code_size = static_cast<std::size_t>(decoder.input_size());
  const std::size_t classes = classes_of(decoder);
  if (classes == 0) {
    std::vector<std::vector<float>> further;
    std::vector<PortValues> codes;
    for (const plan::InputPort& port : std::span(decoder.inputs()).subspan(1)) {
      if (port.kind != PortKind::data)
        throw Error("samples: expected a decoder without conditions, or with classes, found other conditions");
      further.push_back(
          report::normal_codes(count, static_cast<std::size_t>(port.size), seed + 1 + further.size()));
      codes.push_back({port.name, {}});
    }
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i].values = further[i];
    const auto columns = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(count))));
    return draw_grid(decoded(decoder, report::normal_codes(count, code_size, seed), check, codes), shape, columns);
  }
  const std::size_t columns = std::max<std::size_t>(count / classes, 1);
  const std::vector<float> of_row = report::normal_codes(columns, code_size, seed);
  std::vector<float> codes, rows(classes * columns * classes);
  for (std::size_t c = 0; c < classes; ++c) {
    codes.insert(codes.end(), of_row.begin(), of_row.end());
    for (std::size_t i = 0; i < columns; ++i) rows[(c * columns + i) * classes + c] = 1;
  }
  const PortValues condition{decoder.inputs().back().name, rows};
  return draw_grid(decoded(decoder, codes, check, {&condition, 1}), shape, columns);
}

std::string draw_manifold(InferenceCore& decoder, const ImageShape& shape, std::size_t side,
                          const OutputCheck& check) {
  return draw_grid(decoded(decoder, report::manifold_codes(side), check), shape, side);
}

/// What a decoder reads of one sample beside the first code: further codes, and conditions.
std::vector<std::vector<float>> read_beside_code(const InferenceCore& encoder, const InferenceCore& decoder,
                                                 const PortData& data, std::size_t sample) {
  std::vector<std::vector<float>> values;
  for (const plan::InputPort& port : std::span(decoder.inputs()).subspan(1)) {
    std::vector<float>& of_port = values.emplace_back(static_cast<std::size_t>(port.size));
    if (port.kind == PortKind::data) std::ranges::copy(encoder.side_output(port.name), of_port.begin());
    else data.find(port.name)->values(sample, 1, of_port.data());
  }
  return values;
}

std::string draw_interpolation(InferenceCore& encoder, InferenceCore& decoder, const ImageShape& shape,
                               const PortData& data, std::size_t from, std::size_t to, std::size_t steps,
                               const OutputCheck& check) {
  const std::vector<float> first = compute(encoder, data.slice(from, 1));
  const std::vector<std::vector<float>> beside_first = read_beside_code(encoder, decoder, data, from);
  const std::vector<float> last = compute(encoder, data.slice(to, 1));
  const std::vector<std::vector<float>> beside_last = read_beside_code(encoder, decoder, data, to);
  check(first, first.size(), from);
  check(last, last.size(), to);
  std::vector<std::vector<float>> lines;
  std::vector<PortValues> conditions;
  for (std::size_t i = 0; i < beside_first.size(); ++i)
    lines.push_back(report::line_of_codes(beside_first[i], beside_last[i], steps));
  for (std::size_t i = 0; i < lines.size(); ++i) conditions.push_back({decoder.inputs()[i + 1].name, lines[i]});
  const std::vector<float> between =
      decoded(decoder, report::line_of_codes(first, last, steps), check, conditions);
  const data::Samples& samples = data.data();
  std::vector<float> images(samples.sample_size());
  samples.values(from, 1, images.data());
  images.insert(images.end(), between.begin(), between.end());
  images.resize(images.size() + samples.sample_size());
  samples.values(to, 1, images.data() + images.size() - samples.sample_size());
  std::vector<std::string> marks = label_texts(samples, from, 1);
  if (!marks.empty()) {
    marks.resize(steps + 1);  // No label above decoded images.
    marks.push_back(label_texts(samples, to, 1).front());
  }
  return draw_rows({{fmt::format("sample {} to {}", from, to), images, marks}}, shape, steps + 2);
}

}  // namespace isthmus::tool
