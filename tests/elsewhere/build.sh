#!/usr/bin/env bash
# Called by tests/elsewhere/inside.sh, within the other system:
# build.sh SYSTEM KIND PART CPU JOBS [CTEST ARGUMENT...]
set -euo pipefail

system=$1
kind=$2
part=$3
jobs=$5
shift 5

cd /isthmus
build=/build/$kind-$part
options=(-D CMAKE_CXX_COMPILER_LAUNCHER=ccache)
case $system-$kind in
  aarch64-*)
    tests/setup --no-data --arch arm64 --compiler aarch64-linux-gnu-g++=g++-aarch64-linux-gnu
    options+=(-D CMAKE_TOOLCHAIN_FILE=/isthmus/tests/elsewhere/aarch64.cmake
      -D ISTHMUS_C_COMPILER=aarch64-linux-gnu-gcc) ;;
  *-gcc) tests/setup --no-data ;;
  *-clang)
    tests/setup --no-data --compiler clang++-19=clang-19
    options+=(-D CMAKE_CXX_COMPILER=clang++-19 -D CMAKE_C_COMPILER=clang-19) ;;
  *-libcxx)
    tests/setup --no-data --compiler clang++-19=clang-19
    dpkg-query -W libc++-19-dev >/dev/null 2>&1 ||
      DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends libc++-19-dev libc++abi-19-dev
    options+=(-D CMAKE_CXX_COMPILER=clang++-19 -D CMAKE_C_COMPILER=clang-19 -D CMAKE_CXX_FLAGS=-stdlib=libc++) ;;
esac

# Few units take the compiler less.
if [ "$part" = quick ]; then options+=(-D CMAKE_UNITY_BUILD=ON); fi
cmake --preset dev -B "$build" "${options[@]}"
if [ "$kind" = libcxx ]; then
  cmake --build "$build" --parallel "$jobs" --target isthmus_headers_alone
  exit
fi

# Tests that configure projects of their own, or watch the memory of a process, would not be the same under QEMU.
rooms=(lower run data)
case $system-$part in
  aarch64-quick) ;;
  aarch64-all) rooms+=(run_families interchange) ;;
  *-quick) rooms+=(hdf5) ;;
  *)
    cmake --build "$build" --parallel "$jobs"
    ctest --test-dir "$build" --no-tests=error --parallel "$jobs" "$@"
    exit ;;
esac
cmake --build "$build" --parallel "$jobs" --target isthmus_hdf5 isthmus_onnx "${rooms[@]/%/_tests}"
labels=$(IFS='|' && echo "${rooms[*]}")
ctest --test-dir "$build" --no-tests=error --parallel "$jobs" --label-regex "^($labels)\$" "$@"
if [ "$part" = all ]; then
  cmake --build "$build" --parallel "$jobs" --target isthmus_tool
  "$build"/bin/isthmus graphs
  exit
fi
cmake --preset release -B "$build-tool" -D ISTHMUS_GRAPHS=dense -D ISTHMUS_WARNINGS_AS_ERRORS=ON "${options[@]}"
cmake --build "$build-tool" --parallel "$jobs" --target isthmus_tool
"$build-tool"/bin/isthmus graphs
