// The style sheet of the report.
#pragma once

#include <string_view>

namespace isthmus::report {

inline constexpr std::string_view html_style = R"(
:root {
  --text: #1f2328; --quiet: #59636e; --page: #ffffff; --panel: #f6f8fa; --line: #d8dee4;
  --code: #fff1c7; --mark: #7a5400;
}
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --quiet: #9aa5b1; --page: #14171c; --panel: #1d2229; --line: #333b45;
    --code: #43360f; --mark: #ffd866; }
}
* { box-sizing: border-box; }
body {
  margin: 0; color: var(--text); background: var(--page);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 {
  margin: 2.5rem 0 1rem; padding-bottom: .3rem; font-size: 1.2rem; border-bottom: 1px solid var(--line);
}
.figures {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0;
}
.figures div {
  padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel);
}
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.scroll { max-height: 32rem; overflow: auto; }
table { border-collapse: collapse; font-size: .95rem; }
th, td {
  padding: .35rem 1.25rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line);
}
td { overflow-wrap: anywhere; }
th { font-weight: 600; }
tbody th { color: var(--quiet); font-weight: 400; white-space: nowrap; }
.numbers th, .numbers td {
  padding-left: 1.25rem; padding-right: 0; text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums;
}
.numbers tr > :first-child { padding-left: 0; }
figure { margin: 0 0 1.75rem; }
img {
  display: block; max-width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line);
  border-radius: .5rem;
}
.plot { width: 36rem; }
.model { display: block; width: 27rem; max-width: 100%; height: auto; font-size: 13px; }
.model rect { fill: var(--panel); stroke: var(--line); stroke-width: 1.5; }
.model .code rect { fill: var(--code); stroke: var(--mark); }
.model text { fill: var(--text); text-anchor: middle; }
.model .part { fill: var(--quiet); text-anchor: start; font-size: 14px; }
.model .name { font-size: 14px; font-weight: 600; }
.model .mark { fill: var(--mark); font-weight: 600; }
.model .quiet { fill: var(--quiet); }
.model path { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
figcaption { margin-top: .5rem; color: var(--quiet); font-size: .9rem; }
pre {
  margin: 0; padding: 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--panel);
  font: .85rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
summary { padding: .5rem 0; color: var(--quiet); cursor: pointer; }
@media (max-width: 30rem) { main { padding: 1.25rem .75rem 3rem; } }
@media print {
  main { max-width: none; padding: 0; }
  .scroll { max-height: none; overflow: visible; }
  figure, tr { break-inside: avoid; }
}
)";

}  // namespace isthmus::report
