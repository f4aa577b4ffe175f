#!/usr/bin/env bash
# Builds the consumer project beside this file in a new folder, runs its programs, and looks into the one that only
# encodes: it must hold nothing of the other roles.
#
# usage: tests/install/check.sh [--only PROGRAM] COMPILER WORK_FOLDER CMAKE_ARGUMENT...
#   --only PROGRAM  builds and runs this one alone
#   the arguments say where Isthmus is: -D CMAKE_PREFIX_PATH=… or -D ISTHMUS_SOURCE=…
# Without the compiler nothing is done, and the status is 77.
set -euo pipefail

only=
if [ "${1:-}" = --only ]; then only=${2:?--only takes a name}; shift 2; fi
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
compiler=$1
work=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "tests/install: $*" >&2; exit 1; }
command -v "$compiler" >/dev/null || { echo "tests/install: skipped, there is no $compiler here" >&2; exit 77; }

rm -rf "$work"
mkdir -p "$work"
cp -r "$here" "$work/source"
cmake -S "$work/source" -B "$work/build" -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER="$compiler" "$@"
if [ -n "$only" ]; then
  cmake --build "$work/build" --parallel 2 --target "$only"
  [ "$("$work/build/$only")" = ok ] || fail "$only did not print ok"
  exit 0
fi
cmake --build "$work/build" --parallel 2
cd "$work"

[ "$(build/train_two_steps)" = ok ] || fail "train_two_steps did not print ok"
[ "$(build/own_operations)" = ok ] || fail "own_operations did not print ok"
[ "$(build/encode_only)" = ok ] || fail "encode_only did not print ok"
[ "$(build/decode_only)" = ok ] || fail "decode_only did not print ok"
[ "$(build/load_plugin build/libplugin.so)" = ok ] || fail "load_plugin did not print ok"
[ ! -x build/write_onnx ] || [ "$(build/write_onnx)" = ok ] || fail "write_onnx did not print ok"
if [ -x build/train_on_ranks ] && command -v mpirun >/dev/null; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  [ "$(mpirun --oversubscribe -n 2 build/train_on_ranks)" = ok ] || fail "train_on_ranks did not print ok once"
fi

# The linker names the version that a unit was compiled for, if the library is of another one.
if message=$(cmake --build build --target other_version 2>&1); then fail "other_version links"; fi
grep -q "model_needs_library_of_version<0, 999, " <<<"$message" || fail "the linker does not say why: $message"

# A role shows in the names of what is compiled for it: its namespace, or its number in a template.
symbols() { nm -C "build/$1"; }
# roles NAMES NUMBERS
roles() { echo "::($1)::|\(isthmus::Role\)[$2]"; }
holds() { symbols "$1" | grep -E "$2" >/dev/null || fail "$1 does not hold what it should: were the names changed?"; }
holds_not() { if symbols "$1" | grep -E "$2" >&2; then fail "$1 holds the above of other roles"; fi; }

holds train_two_steps "$(roles 'train|train_distributed|evaluate|reconstruct|decode' 01246)"
holds encode_only "$(roles encode 3)"
holds_not encode_only "$(roles 'train|train_distributed|evaluate|reconstruct|decode' 01246)"
holds decode_only "$(roles decode 4)"
holds_not decode_only "$(roles 'train|train_distributed|evaluate|reconstruct|encode' 01236)"

size() { strip -o "$work/stripped" "build/$1" && stat -c %s "$work/stripped"; }
whole=$(size train_two_steps)
for half in encode_only decode_only; do
  [ "$(size $half)" -lt "$whole" ] || fail "$half is not smaller than train_two_steps"
done
[ "$(size encode_only)" -le 409600 ] || fail "encode_only takes $(size encode_only) bytes without its symbols, more than 400 KiB"
# Fast code without a flag: the kernels of every SIMD target are in there, and one is chosen at run time.
for target in AVX2 AVX3; do holds decode_only "N_$target::"; done
echo ok
