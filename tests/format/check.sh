#!/usr/bin/env bash
# Whether every C++ file and header that git knows is as .clang-format has it: prints those that are not, and fails.
#
# usage: tests/format/check.sh [--fix] [SOURCE_FOLDER]
#   --fix  writes them anew
# clang-format's versions differ in what they make of a file: 19 counts. Without it nothing is done, and the status
# is 77.
set -euo pipefail

fix=false
if [ "${1:-}" = --fix ]; then fix=true; shift; fi
[ $# -le 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

command -v clang-format-19 >/dev/null ||
  { echo "tests/format: skipped, there is no clang-format-19 here (tests/setup installs it)" >&2; exit 77; }
# Files that git does not track are not checked. An archive of the sources has no git repository.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then listed=$(git ls-files); else
  listed=$(find . -type f -not -path './build/*' -not -path './out/*'); fi
mapfile -t files < <(grep -E '\.(cpp|hpp|h|c)$' <<<"$listed")
[ ${#files[@]} -gt 0 ] || { echo "tests/format: there is no file in $PWD" >&2; exit 1; }

if $fix; then
  printf '%s\0' "${files[@]}" | xargs -0 clang-format-19 -i
  exit 0
fi
# A file has many places; its name once is enough.
differ=$(printf '%s\0' "${files[@]}" | xargs -0 clang-format-19 --dry-run 2>&1 |
  sed -n 's/^\([^:]*\):[0-9].*\[-Wclang-format-violations\]$/\1/p' | sort -u)
[ -z "$differ" ] && exit 0
echo "$differ"
echo "tests/format: the above are formatted otherwise; tests/format/check.sh --fix writes them anew" >&2
exit 1
