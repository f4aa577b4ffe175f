// The Gantt chart's script, and that gnuplot understands it.
#include <isthmus/error.hpp>
#include <isthmus/report/gantt.hpp>

#include "report/scratch.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::report;

TEST_CASE("a Gantt chart has a lane for each worker and a colour for each kind that there is") {
  const std::vector<Span> spans{{0, 0.0, 1.5, 0}, {1, 0.5, 0.75, 2}, {0, 1.5, 2.0, 2}};
  const std::string script = gantt_script(spans, {"enc", "unused", "dec's"}, "a title");
  CHECK(script.find("'worker 0' 0, 'worker 1' -1") != std::string::npos);
  CHECK(script.find("set xrange [0:2]") != std::string::npos);
  CHECK(script.find("0.75 0 0 1.5\n") != std::string::npos);
  CHECK(script.find("unused") == std::string::npos);
  const Scratch folder;
  write_gantt(folder / "gantt.png", spans, {"enc", "unused", "dec's"}, "it's a `title`");
  CHECK(read_file(folder / "gantt.png").starts_with("\x89PNG"));
}

TEST_CASE("a Gantt chart of nothing, of unknown kinds or of spans that end before they begin is refused") {
  CHECK_THROWS_AS(gantt_script({}, {"a"}, ""), ShapeError);
  CHECK_THROWS_AS(gantt_script({{0, 0, 1, 1}}, {"a"}, ""), ShapeError);
  CHECK_THROWS_AS(gantt_script({{0, 1, 0, 0}}, {"a"}, ""), ShapeError);
  CHECK_THROWS_AS(gantt_script({{-1, 0, 1, 0}}, {"a"}, ""), ShapeError);
}
