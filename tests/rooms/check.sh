#!/usr/bin/env bash
# The rooms' rules: which file may include what. Data flows one way; a room may include the rooms above it, never
# one below, and each library has its one room.
#
# usage: tests/rooms/check.sh SOURCE_FOLDER
set -euo pipefail

cd "${1:?usage: tests/rooms/check.sh SOURCE_FOLDER}"
status=0

# Every include of every file, as "file include".
includes() {
  find include src -type f \( -name '*.hpp' -o -name '*.h' -o -name '*.cpp' \) -print0 | sort -z |
    xargs -0 grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' |
    sed -E 's/^([^:]+):.*[<"]([^>"]+)[>"]$/\1 \2/'
}

includes | awk '
  BEGIN {
    # From above to below. A file outside of every room is vocabulary: graph.hpp, tensor.hpp, error.hpp. The
    # table of operations is as well.
    n = split("vocabulary declare differentiate plan schedule lower run mpi", order, " ")
    for (i = 1; i <= n; ++i) level[order[i]] = i
    # Files in, models and pictures out: beside the rooms above, not below them.
    side["data"] = side["interchange"] = side["report"] = 1
  }
  function room_of(path,    part) {
    if (path !~ /\//) return "vocabulary"
    split(path, part, "/")
    if (part[1] == "ops") return "vocabulary"
    # Libraries of their own, of the same room.
    return part[1] == "hdf5" || part[1] == "onnx" ? "interchange" : part[1]
  }
  function bad(why) { print file ": includes " what ": " why; failed = 1 }
  {
    file = $1; what = $2
    path = file
    sub(/^include\/isthmus\//, "", path); sub(/^src\//, "", path)
    room = room_of(path)
    cpp = file ~ /\.cpp$/
    public = file ~ /^include\//
    # The doors: to everything, to the words of the DSL, what makes files of what runs and runs on data, the dumps that show every stage;
    # the tool and C use all. An operation is one place, which has a part in every room.
    if (file ~ /^src\/ops\// || path ~ /^ops\/.*-inl\.h$/) {
      if (what ~ /^(onnx\/|google\/)/ && path !~ /\/onnx[^\/]*$/) bad("ONNX stays in src/onnx/ and src/ops/*/onnx.cpp")
      next
    }
    if (path == "isthmus.hpp" || path == "declare.hpp" || path ~ /^(files|fit)\.[ch]pp$/ || path == "dump.hpp" || room == "dump" || room == "tool" || room == "c") next
  }
  # Our own headers: from the public folder, or private ones of src/.
  what ~ /^isthmus\// {
    other = what; sub(/^isthmus\//, "", other)
    other_room = room_of(other)
    if (other == "isthmus.hpp") { bad("only programs include everything"); next }
    if (other == "declare.hpp") other_room = "declare"
    if (room == other_room || other_room == "vocabulary") next
    # Several processes are a way to run, and nothing else of the rooms above.
    if (room == "mpi" && other_room != "run") { bad("room mpi sees only run/"); next }
    # The one place where a room hands itself down: the program compiled here, for the linkage that run/ declares.
    if (path == "lower/here.hpp" && other == "run/linkage.hpp") next
    # Models and pictures are files: they are written and read as data/ does it.
    if (other_room == "data" && (room == "interchange" || room == "report")) next
    if (side[room]) bad("room " room " knows nothing of room " other_room)
    else if (side[other_room]) bad("room " room " knows nothing of room " other_room)
    else if (!(room in level) || !(other_room in level)) bad("there is no such room")
    else if (level[other_room] > level[room]) bad("room " other_room " is below room " room)
    next
  }
  # Libraries.
  what ~ /^boost\/hana/ { if (room != "declare") bad("Boost.Hana stays in declare/"); next }
  what ~ /^boost\/graph/ { if (room != "schedule" || !cpp) bad("Boost.Graph stays in src/schedule/*.cpp"); next }
  what ~ /^Eigen\// { if (room != "report" || !cpp) bad("Eigen stays in src/report/*.cpp"); next }
  what ~ /^hwy\// {
    if (room != "lower") bad("Highway stays in lower/")
    else if (public && path !~ /-inl\.h$/ && path !~ /^lower\/(here|targets)\.hpp$/)
      bad("Highway stays in lower/*-inl.h, here.hpp and targets.hpp")
    next
  }
  what ~ /^(oneapi\/)?tbb(\/|\.h)/ { if (room != "run" || !cpp) bad("oneTBB stays in src/run/*.cpp"); next }
  what ~ /^(thread|mutex|shared_mutex|condition_variable|future|atomic|stop_token|semaphore|latch|barrier|pthread\.h)$/ {
    if (room != "run" && room != "mpi" && !side[room]) bad("threads and their tools are for run/ (and for files)")
    next
  }
  what ~ /^netcdf/ { if (path !~ /^hdf5\// || public) bad("NetCDF stays in src/hdf5/"); next }
  what ~ /^(hdf5|H5)/ { if (path !~ /^hdf5\// || public) bad("HDF5 stays in src/hdf5/"); next }
  what ~ /^(onnx|google)/ { if (path !~ /^onnx\// || public) bad("ONNX stays in src/onnx/"); next }
  what ~ /^(zstd|xxhash)\.h/ { if (path !~ /^data\// || public) bad("zstd and xxHash stay in src/data/"); next }
  what ~ /^mpi\.h/ { if (room != "mpi") bad("MPI stays in mpi/"); next }
  what ~ /^(boost|fmt|png|zlib)/ {
    if (room == "vocabulary" && cpp) next
    if (public) bad("a library that users would need: keep it in src/")
    else if (!side[room] && room != "run") bad("room " room " uses no such library")
    next
  }
  END { exit failed }
' || status=1

# The host owns the threads; the tool is a host.
if grep -rnE --exclude-dir=tool --include='*.hpp' --include='*.h' --include='*.cpp' \
  'std::j?thread[[:space:]]*[({a-z]|std::async|pthread_create|tbb::global_control[[:space:]]*[({a-z]' include src; then
  echo "the above makes threads or touches a global setting: the host owns the threads"
  status=1
fi

# An operation is one place: ops/. Else only those name one who write graphs and rewrite them.
if grep -rnE --include='*.hpp' --include='*.h' --include='*.cpp' '\b(Op|Anchor)::|\bops::|\bis_flat\b' \
  $(find src include/isthmus -mindepth 1 -maxdepth 1 |
    grep -vE '^(src|include/isthmus)/(ops|declare|differentiate|plan|graph\.hpp|tensor\.hpp)$') /dev/null; then
  echo "the above names an operation, an anchor or a layout: only ops/, declare/, differentiate/ and plan/ know these"
  status=1
fi

# The top level holds these and no more; what git does not know is somebody's own business.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then entries=$(git ls-files | cut -d/ -f1 | sort -u); else
  entries=$(ls); fi
unexpected=$(grep -vxE 'include|src|graphs|tests|bench|CMakeLists\.txt|README\.md|CMakePresets\.json|LICENSE|CHANGELOG\.md|\..*|build|out' \
  <<<"$entries" || true)
if [ -n "$unexpected" ]; then
  echo "not agreed upon, at the top level: ${unexpected//$'\n'/ }"
  status=1
fi

exit "$status"
