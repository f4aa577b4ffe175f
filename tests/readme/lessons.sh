#!/usr/bin/env bash
# The lessons of graphs/README.md compile without a warning, as a project that finds the installed package, and each
# reaches the loss that it looks for. The page names all of them.
#
# usage: tests/readme/lessons.sh SOURCE_FOLDER COMPILER PREFIX WORK_FOLDER
#   PREFIX is where Isthmus is installed
set -euo pipefail

[ $# -eq 4 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
lessons=$1/graphs/lessons
page=$1/graphs/README.md
compiler=$2
prefix=$3
work=$4

fail() { echo "tests/readme: $*" >&2; exit 1; }

rm -rf "$work"
mkdir -p "$work/run"
cmake -S "$lessons" -B "$work/build" -G Ninja -D CMAKE_CXX_COMPILER="$compiler" -D CMAKE_PREFIX_PATH="$prefix" \
  -D CMAKE_REQUIRE_FIND_PACKAGE_isthmus=ON -D CMAKE_CXX_FLAGS="-Wall -Wextra -Wconversion -Wshadow -Werror"
cmake --build "$work/build" --parallel 2
cd "$work/run"
count=0
for lesson in "$lessons"/[0-9]*.cpp; do
  name=$(basename "$lesson" .cpp)
  echo "--- $name"
  "$work/build/$name" || fail "$name does not reach its loss, or found something else wrong"
  grep -qF "](lessons/$name.cpp)" "$page" || fail "graphs/README.md does not name lessons/$name.cpp"
  count=$((count + 1))
done
[ "$count" -ge 10 ] || fail "only $count lessons were found in $lessons"
