#include <isthmus/report/html.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "report/html_style.hpp"
#include "report/markup.hpp"

namespace isthmus::report {
namespace {

std::string head(const std::string& title) {
  // The policy makes the browser itself refuse whatever is not in this file.
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" "
         "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escaped(title) + "</title>\n<style>\n" + std::string(html_style) + "</style>\n</head>\n";
}

/// The start of a table that scrolls when it is too large, with the keyboard as well.
std::string table(const std::string& name, const std::string& style) {
  return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + name + "\">\n<table class=\"" +
         style + "\">\n";
}

std::string figures(const Report& report) {
  if (report.figures.empty()) return {};
  std::string html = "<section>\n<h2>Results</h2>\n<dl class=\"figures\">\n";
  for (const auto& [name, value] : report.figures) {
    html += "<div><dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd></div>\n";
  }
  return html + "</dl>\n</section>\n";
}

std::string settings(const Report& report) {
  if (report.settings.empty()) return {};
  std::string html = "<section>\n<h2>Settings</h2>\n" + table("Settings", "settings") + "<tbody>\n";
  for (const auto& [name, value] : report.settings) {
    html += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" + escaped(value) + "</td></tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n</section>\n";
}

std::string figcaption(const std::string& text) { return "<figcaption>" + escaped(text) + "</figcaption>\n"; }

std::string pictures(const Report& report) {
  if (report.pictures.empty()) return {};
  std::string html = "<section>\n<h2>Pictures</h2>\n";
  for (const auto& [caption, bytes, format] : report.pictures) {
    const bool is_plot = format == ImageFormat::svg;
    html += fmt::format("<figure>\n<img{} src=\"data:image/{};base64,{}\" alt=\"{}\">\n{}</figure>\n",
                        is_plot ? " class=\"plot\"" : "", is_plot ? "svg+xml" : "png", base64(bytes),
                        escaped(caption), figcaption(caption));
  }
  return html + "</section>\n";
}

std::string epochs(const History& history) {
  if (history.epochs.empty()) return {};
  require_consistent(history);
  std::string html = "<section>\n<h2>Epochs</h2>\n" + table("Epochs", "numbers") +
                     "<thead>\n<tr>"
                     "<th scope=\"col\">epoch</th><th scope=\"col\">seconds</th>";
  for (const auto& term : history.terms) {
    html += "<th scope=\"col\">training " + escaped(term) + "</th><th scope=\"col\">validation " + escaped(term) +
            "</th>";
  }
  html += "</tr>\n</thead>\n<tbody>\n";
  for (const auto& epoch : history.epochs) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{:.2f}</td>", epoch.number, epoch.seconds);
    for (std::size_t i = 0; i < history.terms.size(); ++i) {
      html += fmt::format("<td>{:.6g}</td><td>{}</td>", epoch.train[i],
                          epoch.validation.empty() ? "–" : fmt::format("{:.6g}", epoch.validation[i]));
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n</section>\n";
}

std::string model(const Report& report) {
  if (report.layers.empty() && report.model.empty()) return {};
  std::string html = "<section>\n<h2>Model</h2>\n";
  if (!report.layers.empty())
    html += "<figure>\n" + draw_model(report.layers) + figcaption(model_caption(report.layers)) + "</figure>\n";
  // A line end right after <pre> is dropped: this one, and not one of the model's.
  if (!report.model.empty())
    html += "<details>\n<summary>Every node</summary>\n<pre>\n" + escaped(report.model) + "</pre>\n</details>\n";
  return html + "</section>\n";
}

}  // namespace

std::string to_html(const Report& report) {
  return head(report.title) + "<body>\n<main>\n<h1>" + escaped(report.title) + "</h1>\n" + figures(report) +
         pictures(report) + model(report) + settings(report) + epochs(report.history) +
         "</main>\n</body>\n</html>\n";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) text += j <= count ? digits[group >> (18 - 6 * j) & 63u] : '=';
  }
  return text;
}

}  // namespace isthmus::report
