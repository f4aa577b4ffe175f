#!/usr/bin/env bash
# Configures Isthmus with ISTHMUS_GRAPHS: the build has these models and no other; what is no model, and tests without
# all of them, are errors that say what there is and what to do.
#
# usage: tests/install/chosen_graphs.sh SOURCES COMPILER WORK_FOLDER
set -euo pipefail

[ $# = 3 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
source=$1
compiler=$2
work=$3

fail() { echo "tests/install: $*" >&2; exit 1; }

# configure GRAPHS ARGUMENT...
configure() {
  local graphs=$1
  shift
  rm -rf "$work"
  cmake -S "$source" -B "$work" -G Ninja -D CMAKE_CXX_COMPILER="$compiler" -D ISTHMUS_USE_HDF5=OFF \
    -D ISTHMUS_USE_ONNX=OFF -D ISTHMUS_USE_MPI=OFF -D ISTHMUS_BUILD_TESTS=OFF -D ISTHMUS_GRAPHS="$graphs" "$@" 2>&1
}
# refuses TEXT GRAPHS ARGUMENT...
refuses() {
  local text=$1 message
  shift
  if message=$(configure "$@"); then fail "ISTHMUS_GRAPHS=$1 is taken"; fi
  # CMake breaks its lines where it likes.
  tr -s ' \n' ' ' <<<"$message" | grep -F "$text" >/dev/null || fail "ISTHMUS_GRAPHS=$1 does not say '$text': $message"
}

refuses "no model dens in $source/graphs; there are adversarial, conditional, contractive, denoising, " "dens"
refuses "leave ISTHMUS_GRAPHS empty, or set ISTHMUS_BUILD_TESTS to OFF" "dense" -D ISTHMUS_BUILD_TESTS=ON

message=$(configure "tied; dense;tied") || fail "$message"
grep -F "Models of graphs/: dense, tied" <<<"$message" >/dev/null || fail "the models are not listed: $message"
models=$(cd "$work/graphs/isthmus_models" && ls ./*.cpp | tr '\n' ' ')
[ "$models" = "./dense.programs.cpp ./registry.cpp ./tied.programs.cpp " ] || fail "there are units of $models"
rm -rf "$work"
echo ok
