#include <isthmus/error.hpp>
#include <isthmus/report/html.hpp>

#include <cmath>
#include <set>

#include "report/svg.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Report;

namespace {

const std::string evil = "<script>alert(\"1\")</script> & 'é' \x01";
const std::string tame = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; 'é' \uFFFD";

Report full() {
  return {evil,
          {{evil, evil}},
          {{evil, evil}},
          {{"loss", evil}, {{1, 2.5, {0.1234567, 1}, {0.25, 2}}, {2, 2, {std::nan(""), 1}, {}}}},
          {{evil, std::string("\x00\xff\x10", 3)}, {evil, "<svg/>", report::ImageFormat::svg}},
          evil + "\n  second line",
          {{"a<b", report::ModelPart::encoder, {"input"}, {3}, 0, {}, {}},
           {"code", report::ModelPart::bottleneck, {"dense"}, {2}, 8, {}, {0}}}};
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

/// Whether each element is closed in the right order; elements that HTML never closes aside.
bool balanced(const std::string& html) {
  const std::set<std::string> never_closed{"!DOCTYPE", "meta", "img", "rect", "path"};
  std::vector<std::string> open;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const auto end = html.find('>', at);
    if (end == std::string::npos) return false;
    const bool closes = html[at + 1] == '/';
    const auto begin = at + (closes ? 2 : 1);
    const std::string name = html.substr(begin, html.find_first_of(" >", begin) - begin);
    if (never_closed.count(name)) continue;
    if (!closes) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("base64 is that of the RFC") {
  CHECK(report::base64("").empty());
  CHECK(report::base64("f") == "Zg==");
  CHECK(report::base64("fo") == "Zm8=");
  CHECK(report::base64("foo") == "Zm9v");
  CHECK(report::base64("foob") == "Zm9vYg==");
  CHECK(report::base64("fooba") == "Zm9vYmE=");
  CHECK(report::base64("foobar") == "Zm9vYmFy");
  CHECK(report::base64(std::string("\xfb\xef\xff\x00", 4)) == "++//AA==");
}

TEST_CASE("all text in a report is escaped") {
  const std::string html = report::to_html(full());
  CHECK(count(html, "<script") == 0);
  CHECK(count(html, "\x01") == 0);
  // Title and heading, a setting and a figure, two headings of columns, two alternative texts and captions, model.
  CHECK(count(html, tame) == 2 + 2 + 2 + 2 + 4 + 1);
  CHECK(count(html, "a&lt;b") == 1);
  CHECK(balanced(html));
}

TEST_CASE("a report is one well-formed page that needs nothing else") {
  const std::string html = report::to_html(full());
  CHECK(html.rfind("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">", 0) == 0);
  CHECK(count(html, "<title>") == 1);
  CHECK(count(html, "prefers-color-scheme: dark") == 1);
  CHECK(count(html, "<img ") == 2);
  CHECK(count(html, "<img src=\"data:image/png;base64,AP8Q\" alt=\"") == 1);
  CHECK(count(html, "<img class=\"plot\" src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"") == 1);
  CHECK(count(html, " src=") == 2);
  CHECK(count(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">") == 1);
  for (const char* outside : {"://", "href", "url(", "@import", "<link"}) CHECK(count(html, outside) == 0);
}

TEST_CASE("a report shows the numbers of each epoch") {
  const std::string html = report::to_html(full());
  CHECK(count(html,
              "<tr><th scope=\"row\">1</th><td>2.50</td><td>0.123457</td><td>0.25</td>"
              "<td>1</td><td>2</td></tr>") == 1);
  CHECK(count(html,
              "<tr><th scope=\"row\">2</th><td>2.00</td><td>nan</td><td>–</td>"
              "<td>1</td><td>–</td></tr>") == 1);
  CHECK(count(html, "<pre>\n" + tame + "\n  second line</pre>") == 1);
}

TEST_CASE("a report draws the model, with its parameters below, and folds what it says of every node") {
  const std::string html = report::to_html(full());
  const auto from = html.find("<svg"), to = html.find("</svg>");
  REQUIRE(to != std::string::npos);
  CHECK(Svg(html.substr(from, to + 6 - from)).count("rect") == 2);
  CHECK(count(html, "<figcaption>8 parameters: 8 of the encoder, 0 of the decoder.") == 1);
  CHECK(html.find("<details>\n<summary>Every node</summary>\n<pre>") > to);
  Report drawing_only{"", {}, {}, {}, {}, {}, full().layers};
  CHECK(count(report::to_html(drawing_only), "<svg") == 1);
  CHECK(count(report::to_html(drawing_only), "<pre") == 0);
}

TEST_CASE("parts of a report that are empty are left out") {
  const std::string html = report::to_html({"only a title", {}, {}, {}, {}, {}});
  CHECK(balanced(html));
  CHECK(count(html, "<h1>only a title</h1>") == 1);
  CHECK(count(html, "<h2>") == 0);
  CHECK(count(html, "<table") == 0);
}

TEST_CASE("a report of an inconsistent history is refused") {
  CHECK_THROWS_AS(report::to_html({"", {}, {}, {{"loss"}, {{1, 1, {}, {}}}}, {}, {}}), isthmus::ShapeError);
}
