#!/usr/bin/env bash
# Configures the preset demo, whose units hold many files, and has the compiler check each of these units: a name that
# two files of one folder have for themselves is an error here, and nowhere else.
#
# usage: tests/install/demo_units.sh SOURCES COMPILER WORK_FOLDER
set -euo pipefail

[ $# = 3 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
source=$1
compiler=$2
work=$3

fail() { echo "tests/install: $*" >&2; exit 1; }

rm -rf "$work"
(cd "$source" && cmake --preset demo -B "$work" -D CMAKE_CXX_COMPILER="$compiler" -D ISTHMUS_WARNINGS_AS_ERRORS=ON)
mapfile -t units < <(ninja -C "$work" -t commands bin/isthmus |
  sed -n 's| -MD -MT [^ ]* -MF [^ ]* -o [^ ]* -c \([^ ]*/Unity/[^ ]*\)$| -fsyntax-only \1|p')
[ "${#units[@]}" -ge 10 ] || fail "${#units[@]} units of several files: were they renamed?"
printf '%s\0' "${units[@]}" | (cd "$work" && xargs -0 -n 1 -P 2 bash -c) || fail "the above, in units of the preset demo"
rm -rf "$work"
echo ok
