#!/usr/bin/env bash
# Builds the consumer project beside this file in a new folder, runs its programs, and looks into the one that only
# encodes: it must hold nothing of the other roles.
#
# usage: tests/install/check.sh COMPILER WORK_FOLDER CMAKE_ARGUMENT...
#   the arguments say where Isthmus is: -D CMAKE_PREFIX_PATH=… or -D ISTHMUS_SOURCE=…
set -euo pipefail

[ $# -ge 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
compiler=$1
work=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "tests/install: $*" >&2; exit 1; }

rm -rf "$work"
mkdir -p "$work"
cp -r "$here" "$work/source"
cmake -S "$work/source" -B "$work/build" -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER="$compiler" "$@"
cmake --build "$work/build" --parallel 2
cd "$work"

[ "$(build/train_two_steps)" = ok ] || fail "train_two_steps did not print ok"
[ "$(build/encode_only)" = ok ] || fail "encode_only did not print ok"
if [ -x build/train_on_ranks ] && command -v mpirun >/dev/null; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  [ "$(mpirun --oversubscribe -n 2 build/train_on_ranks)" = ok ] || fail "train_on_ranks did not print ok once"
fi

# A role shows in the names of what is compiled for it: its namespace, or its number in a template.
symbols() { nm -C "build/$1"; }
ours='::encode::|\(isthmus::Role\)3'
others='::(train|train_distributed|evaluate|reconstruct|decode)::|\(isthmus::Role\)[01246]'
symbols encode_only | grep -E "$ours" >/dev/null || fail "encode_only holds no encoder: were the names changed?"
symbols train_two_steps | grep -E "$others" >/dev/null || fail "train_two_steps holds no other role: were the names changed?"
if symbols encode_only | grep -E "$others" >&2; then fail "encode_only holds the above of other roles"; fi
echo ok
