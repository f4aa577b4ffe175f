#!/usr/bin/env bash
# Passes if a program does not compile, and if the compiler's first error line matches the pattern (grep -E)
# that the program's first line gives: "// expect: pattern". A model's author reads that line and no other; only where it
# says no more than that an expression is not constant (Clang does), the note behind it says why.
#
# usage: tests/fail/check.sh COMPILER PROGRAM [FLAG...]
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
compiler=$1
program=$2
shift 2

pattern=$(sed -n '1s|^// expect: ||p' "$program")
[ -n "$pattern" ] || { echo "$program: the first line must be '// expect: pattern'" >&2; exit 2; }

# LC_ALL: the word "error" is translated elsewhere.
if messages=$(LC_ALL=C "$compiler" -std=c++20 -fsyntax-only "$@" "$program" 2>&1); then
  echo "$program compiles, but should fail with: $pattern" >&2
  exit 1
fi

first=$(grep -m 1 -E '(^|[: ])error: ' <<<"$messages" || true)
if [[ $first == *'must be initialized by a constant expression'* ]]; then
  first+=$'\n'$(grep -m 1 -E '[: ]note: ' <<<"$messages" || true)
fi
if ! grep -q -E -- "$pattern" <<<"$first"; then
  printf '%s: the first error line does not match\nexpected: %s\nfound:    %s\n\n%s\n' \
    "$program" "$pattern" "$first" "$(head -n 60 <<<"$messages")" >&2
  exit 1
fi
printf '%s\n' "$first"
