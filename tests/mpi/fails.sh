#!/usr/bin/env bash
# A run on several processes that has to fail: soon, and with a text.
#
# usage: tests/mpi/fails.sh SECONDS TEXT COMMAND...     TEXT: a regular expression that the output must match
set -uo pipefail

[ $# -ge 3 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
most=$1 text=$2
shift 2
output=$(timeout --kill-after=5 "$most" "$@" 2>&1)
status=$?
if [ "$status" = 0 ]; then echo "expected a failure, found exit 0"; exit 1; fi
if [ "$SECONDS" -ge "$most" ]; then echo "$output"; echo "expected an end within $most s"; exit 1; fi
if ! grep -qE "$text" <<<"$output"; then echo "$output"; echo "expected a text like: $text"; exit 1; fi
