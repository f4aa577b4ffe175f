#!/usr/bin/env bash
# Compiles a program without CMake: pkg-config names all flags and libraries.
#
# usage: tests/install/pkg_config.sh COMPILER PREFIX WORK_FOLDER
#   PREFIX is where Isthmus is installed
set -euo pipefail

[ $# -eq 3 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
compiler=$1
prefix=$2
work=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "tests/install: $*" >&2; exit 1; }

file=$(find "$prefix" -name isthmus.pc)
[ -f "$file" ] || fail "there is no isthmus.pc in $prefix"
PKG_CONFIG_PATH=$(dirname "$file")
export PKG_CONFIG_PATH

rm -rf "$work"
mkdir -p "$work"
cd "$work"
read -ra flags <<<"$(pkg-config --cflags isthmus)"
read -ra libraries <<<"$(pkg-config --libs isthmus)"
"$compiler" -O1 -march=native -Wall -Wextra -Werror "${flags[@]}" "$here/plain_include.cpp" -o program \
  "${libraries[@]}"
[ "$(./program)" = ok ] || fail "plain_include did not print ok"
version=$(sed -n 's/^#define ISTHMUS_VERSION_STRING "\(.*\)"/\1/p' "$prefix/include/isthmus.h")
[ "$(pkg-config --modversion isthmus)" = "$version" ] ||
  fail "isthmus.pc is of another version than isthmus.h"
echo ok
