#!/usr/bin/env bash
# The README's code compiles and runs. What is tested is marked in the line before its fence, unseen by the reader:
#
#   <!-- test: program -->      a whole program: compiled with a plain include, and run
#   <!-- test: file NAME -->    a file of a project of its own; with a CMakeLists.txt among them it is built
#   <!-- test: same NAME -->    a file beside the README, but for its first line, which is a comment
#   <!-- test: by hand -->      a command that compiles the first program as program.cpp; PREFIX is where Isthmus is
#
# usage: tests/readme/check.sh README COMPILER PREFIX WORK_FOLDER
set -euo pipefail

[ $# -eq 4 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
readme=$1
compiler=$2
prefix=$3
work=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "tests/readme: $*" >&2; exit 1; }
[ -s "$readme" ] || fail "there is no $readme"

rm -rf "$work"
mkdir -p "$work/programs" "$work/project" "$work/same" "$work/run"
awk -v work="$work" '
  /^```/ && file != "" { close(file); file = ""; mark = ""; next }
  file != "" { print >file; next }
  /^<!-- test: program -->$/ { mark = work "/programs/program_" ++programs ".cpp"; next }
  /^<!-- test: file [A-Za-z0-9_.-]+ -->$/ { mark = work "/project/" $4; next }
  /^<!-- test: same [A-Za-z0-9_.-]+ -->$/ { mark = work "/same/" $4; next }
  /^<!-- test: by hand -->$/ { mark = work "/by_hand.sh"; next }
  /^<!-- test:/ { print FILENAME ":" FNR ": unknown mark" >"/dev/stderr"; failed = 1; exit }
  /^```/ && mark != "" { file = mark; printf "" >file; next }
  /[^ \t]/ { mark = "" }
  END { exit failed }
' "$readme"

for same in "$work"/same/*; do
  [ -e "$same" ] || continue
  tail -n +2 "$(dirname "$readme")/$(basename "$same")" | diff - "$same" ||
    fail "$readme and the file $(basename "$same") beside it have come apart"
done

configure() { cmake -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER="$compiler" \
  -D CMAKE_PREFIX_PATH="$prefix" "$@"; }

ls "$work"/programs/*.cpp >/dev/null 2>&1 || fail "no program is marked in $readme"
configure -S "$here" -B "$work/build" -D PROGRAMS="$work/programs"
cmake --build "$work/build" --parallel 2
cd "$work/run"
for program in "$work"/programs/*.cpp; do
  echo "--- $(basename "$program")"
  "$work/build/$(basename "$program" .cpp)" || fail "a program of the README failed: $program"
done

if [ -e "$work/by_hand.sh" ]; then
  mkdir "$work/by_hand"
  cp "$work/programs/program_1.cpp" "$work/by_hand/program.cpp"
  (cd "$work/by_hand" && sed -e "s|PREFIX|$prefix|g" -e "s|^g++ |$compiler |" "$work/by_hand.sh" | bash -euo pipefail -s &&
    ./program) || fail "the command that compiles by hand does not"
fi

if [ -e "$work/project/CMakeLists.txt" ]; then
  configure -S "$work/project" -B "$work/project_build"
  cmake --build "$work/project_build" --parallel 2
fi
