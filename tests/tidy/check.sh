#!/usr/bin/env bash
# Whether clang-tidy 19 finds anything in the library or the tool, with the checks of .clang-tidy.
#
# usage: tests/tidy/check.sh [--jobs N] [FILE...]
#   --jobs N  so many at a time (default: as many as there are processors)
#   FILE...   these files alone, such as src/data/npy.cpp
#
# Nothing is built. Files of one folder are a unit, as the preset demo has them: nearly all that a file alone takes
# are its headers. Kernels, programs of models, and what needs HDF5, ONNX or MPI have no such units, and take too long
# to be asked every time: name their files. Needs clang 19 and clang-tidy 19: tests/setup --clang.
set -euo pipefail

usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

jobs=$(nproc 2>/dev/null || echo 2)
while [ $# -gt 0 ]; do
  case $1 in
    --jobs) jobs=${2:?--jobs takes a number}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "tests/tidy: unknown option $1" >&2; usage >&2; exit 2 ;;
    *) break ;;
  esac
done
files=()
for file in "$@"; do files+=("$(realpath "$file")"); done
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=build/tidy
cmake --preset tidy >/dev/null
if [ ${#files[@]} = 0 ]; then
  mapfile -t files < <(sed -n 's/^  "file": "\(.*\)",*$/\1/p' $build/compile_commands.json | sort -u |
    grep -E '/Unity/|/src/(data|run|tool)/[^/]*\.cpp$')
  [ ${#files[@]} -ge 12 ] || { echo "tests/tidy: ${#files[@]} units: were they renamed?" >&2; exit 1; }
fi
# How many warnings there were in other people's headers is not what is asked.
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$jobs" clang-tidy-19 -p $build --quiet \
  2> >(grep -vE '^[0-9]+ warnings? .*generated\.$' >&2)
