#!/usr/bin/env bash
# Whether the changelog's newest version is the project's.
#
# usage: tests/versions/changelog.sh CHANGELOG VERSION
set -euo pipefail

[ $# = 2 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
newest=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' "$1" | head -n 1)
[ "$newest" = "$2" ] || { echo "tests/versions: $1 says '$newest' last, the project is of $2" >&2; exit 1; }
