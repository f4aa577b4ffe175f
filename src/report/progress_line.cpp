#include <isthmus/report/progress_line.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace isthmus::report {
namespace {

/// A part of the line: a text in place, or nothing.
struct Part {
  char text[48];
  std::size_t size = 0;

  template <class... Values>
  void set(fmt::format_string<Values...> format, Values&&... values) {
    const auto result = fmt::format_to_n(text, sizeof text, format, std::forward<Values>(values)...);
    size = std::min(result.size, sizeof text);
  }
  std::string_view view() const { return {text, size}; }
};

int digits(long number) {
  int count = 1;
  for (; number >= 10; number /= 10) ++count;
  return count;
}

Part rate_part(double rate) {
  Part part;
  if (!std::isfinite(rate) || rate <= 0) {
    part.set("    - samples/s");
  } else if (rate < 1e4) {
    part.set("{:5.0f} samples/s", rate);
  } else if (rate < 1e6) {
    part.set("{:4.0f}k samples/s", rate / 1e3);
  } else {
    part.set("{:4.1f}M samples/s", rate / 1e6);
  }
  return part;
}

Part left_part(double seconds) {
  Part part;
  constexpr double longest = 1000 * 3600.0 - 1;
  if (!std::isfinite(seconds)) {
    part.set("--:-- left");
    return part;
  }
  const auto left = static_cast<long>(std::ceil(std::clamp(seconds, 0.0, longest)));
  if (left < 3600) {
    part.set("{:2}:{:02} left", left / 60, left % 60);
  } else {
    part.set("{}:{:02}:{:02} left", left / 3600, left / 60 % 60, left % 60);
  }
  return part;
}

}  // namespace

std::size_t write_progress_line(std::span<char> line, const ProgressState& state) {
  constexpr std::size_t narrowest_bar = 10, widest_bar = 32, separator = 2;
  // Numbers keep their width, so that nothing jumps to and fro while they grow.
  Part epoch, batch, loss, rate = rate_part(state.rate), left = left_part(state.seconds_left);
  epoch.set("epoch {:{}}/{}", state.epoch, digits(state.epochs), state.epochs);
  batch.set("{:{}}/{}", state.batch, digits(state.batches), state.batches);
  loss.set("loss {:<9.4g}", state.loss);

  const auto length = [&] {
    std::size_t sum = 0;
    for (const Part* part : {&epoch, &batch, &rate, &loss, &left}) sum += part->size ? part->size + separator : 0;
    return sum - separator;
  };
  for (Part* part : {&batch, &rate, &left}) {
    if (length() + separator + narrowest_bar > line.size()) part->size = 0;
  }
  if (length() > line.size()) loss.size = 0;
  const std::size_t room = line.size() > length() + separator ? line.size() - length() - separator : 0;
  const std::size_t bar = room < narrowest_bar ? 0 : std::min(room, widest_bar);

  std::size_t size = 0;
  const auto put = [&](std::string_view text) {
    if (text.empty()) return;
    const std::string_view gap = size == 0 ? "" : "  ";
    for (const std::string_view piece : {gap, text}) {
      const std::size_t count = std::min(piece.size(), line.size() - size);
      std::copy_n(piece.begin(), count, line.begin() + static_cast<std::ptrdiff_t>(size));
      size += count;
    }
  };
  put(epoch.view());
  if (bar > 0) {
    char text[widest_bar];
    const std::size_t inside = bar - 2;
    const double fraction = state.fraction > 0 ? std::min(state.fraction, 1.0) : 0.0;  // NaN is 0
    const auto done = static_cast<std::size_t>(fraction * static_cast<double>(inside));
    text[0] = '[';
    std::fill_n(text + 1, inside, ' ');
    std::fill_n(text + 1, done, '=');
    if (done < inside) text[1 + done] = '>';
    text[bar - 1] = ']';
    put({text, bar});
  }
  for (const Part* part : {&batch, &rate, &loss, &left}) put(part->view());
  return size;
}

}  // namespace isthmus::report
