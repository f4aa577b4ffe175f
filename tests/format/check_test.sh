#!/usr/bin/env bash
# The check of the format finds a file that is formatted otherwise, and no other; --fix mends it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "tests/format: $*" >&2; exit 1; }
# Prints the check's output, followed by its status.
check() { local status=0; "$here/check.sh" "$folder" 2>/dev/null || status=$?; echo "$status"; }

cp "$here/../../.clang-format" "$folder"
echo 'int good() { return 1; }' >"$folder/good.hpp"
status=$(check)
[ "$status" != 77 ] || exit 77
[ "$status" = 0 ] || fail "a good file is not taken: $status"
printf 'int bad( ) {return 1;}\nint worse( ) {return 1;}\n' >"$folder/bad.cpp"
[ "$(check)" = $'./bad.cpp\n1' ] || fail "bad.cpp is not found, or not alone: $(check)"
"$here/check.sh" --fix "$folder"
[ "$(check)" = 0 ] || fail "--fix has not mended bad.cpp: $(check)"
echo 'BasedOnStyle: Nobodys' >"$folder/.clang-format"
[ "$(check)" != 0 ] || fail "a style that there is not is taken"
