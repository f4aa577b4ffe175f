#!/usr/bin/env bash
# A page's code compiles and runs. What is tested is marked in the line before its fence, unseen by the reader:
#
#   <!-- test: program -->       a whole program: compiled with a plain include, and run
#   <!-- test: file NAME -->     a file of a project of its own; with a CMakeLists.txt among them it is built
#   <!-- test: same NAME -->     a file beside the page, but for its first line, which is a comment, and spaces
#   <!-- test: part of PATH -->  lines of a file, whose path is relative to the page, but for spaces
#   <!-- test: by hand -->       a command that compiles the first program as program.cpp; PREFIX is where Isthmus is
#
# usage: tests/readme/check.sh PAGE COMPILER PREFIX WORK_FOLDER
set -euo pipefail

[ $# -eq 4 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
page=$1
compiler=$2
prefix=$3
work=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "tests/readme: $*" >&2; exit 1; }
[ -s "$page" ] || fail "there is no $page"

rm -rf "$work"
mkdir -p "$work/programs" "$work/project" "$work/same" "$work/parts" "$work/run"
awk -v work="$work" '
  /^```/ && file != "" { close(file); file = ""; mark = ""; next }
  file != "" { print >file; next }
  /^<!-- test: program -->$/ { mark = work "/programs/program_" ++programs ".cpp"; next }
  /^<!-- test: file [A-Za-z0-9_.-]+ -->$/ { mark = work "/project/" $4; next }
  /^<!-- test: same [A-Za-z0-9_.-]+ -->$/ { mark = work "/same/" $4; next }
  /^<!-- test: part of [A-Za-z0-9_.\/-]+ -->$/ {
    mark = work "/parts/" ++parts; print $5 >(mark ".of"); close(mark ".of"); next
  }
  /^<!-- test: by hand -->$/ { mark = work "/by_hand.sh"; next }
  /^<!-- test:/ { print FILENAME ":" FNR ": unknown mark" >"/dev/stderr"; failed = 1; exit }
  /^```/ && mark != "" { file = mark; printf "" >file; next }
  /[^ \t]/ { mark = "" }
  END { exit failed }
' "$page"

# How code is broken into lines is not looked at.
words() { tr -s '[:space:]' ' '; }
for same in "$work"/same/*; do
  [ -e "$same" ] || continue
  diff <(tail -n +2 "$(dirname "$page")/$(basename "$same")" | words) <(words <"$same") ||
    fail "$page and the file $(basename "$same") beside it have come apart"
done
for part in "$work"/parts/*.of; do
  [ -e "$part" ] || continue
  file=$(dirname "$page")/$(cat "$part")
  lines=$(words <"${part%.of}")
  [ -n "$lines" ] && [[ $(words <"$file") == *"${lines% }"* ]] ||
    fail "$page shows lines of $file that are not in there: $lines"
done

configure() { cmake -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER="$compiler" \
  -D CMAKE_PREFIX_PATH="$prefix" "$@"; }

marked=$(find "$work" -type f | wc -l)
[ "$marked" -gt 0 ] || fail "nothing is marked in $page"
if ls "$work"/programs/*.cpp >/dev/null 2>&1; then
  configure -S "$here" -B "$work/build" -D PROGRAMS="$work/programs"
  cmake --build "$work/build" --parallel 2
  cd "$work/run"
  for program in "$work"/programs/*.cpp; do
    echo "--- $(basename "$program")"
    "$work/build/$(basename "$program" .cpp)" || fail "a program of $page failed: $program"
  done
fi

if [ -e "$work/by_hand.sh" ]; then
  mkdir "$work/by_hand"
  cp "$work/programs/program_1.cpp" "$work/by_hand/program.cpp"
  (cd "$work/by_hand" && sed -e "s|PREFIX|$prefix|g" -e "s|^g++ |$compiler |" "$work/by_hand.sh" |
    bash -euo pipefail -s && ./program) || fail "the command that compiles by hand does not"
fi

if [ -e "$work/project/CMakeLists.txt" ]; then
  configure -S "$work/project" -B "$work/project_build"
  cmake --build "$work/project_build" --parallel 2
fi
