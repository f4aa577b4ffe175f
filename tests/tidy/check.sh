#!/usr/bin/env bash
# Whether clang-tidy 19 finds anything in the library or the tool, with the checks of .clang-tidy.
#
# usage: tests/tidy/check.sh [--all] [--jobs N] [FILE...]
#   --all     also the libraries for HDF5, ONNX and MPI, the kernels, and the programs of a model (a quarter of an hour)
#   --jobs N  so many at a time (default: as many as there are processors)
#   FILE...   these files alone, such as src/data/npy.cpp
#
# Nothing is built. What is not --all is a dozen units of many files each, as the preset demo has them: nearly all
# that a unit takes is its headers. Needs clang 19 and clang-tidy 19: tests/setup --clang.
set -euo pipefail

usage() { sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

all=false
jobs=$(nproc 2>/dev/null || echo 2)
while [ $# -gt 0 ]; do
  case $1 in
    --all) all=true; shift ;;
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
  mapfile -t files < <(sed -n 's/^  "file": "\(.*\)",*$/\1/p' $build/compile_commands.json | sort -u)
  if ! $all; then
    mapfile -t files < <(printf '%s\n' "${files[@]}" | grep -E '/Unity/|/src/(data|run|tool|lower)/[^/]*\.cpp$')
  fi
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$jobs" clang-tidy-19 -p $build --quiet
