#!/usr/bin/env bash
# The check of the rooms finds what it is there to find: each line below is a file and an include that it must name.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

while read -r file include; do
  rm -rf "${folder:?}"/*
  mkdir -p "$folder/include/isthmus" "$folder/src" "$folder/$(dirname "$file")"
  echo "#include <$include>" >"$folder/$file"
  if messages=$("$here/check.sh" "$folder" 2>&1); then
    echo "passed: $file includes $include" >&2
    exit 1
  fi
  grep -qF "$file: includes $include" <<<"$messages" || { echo "not named: $file: $messages" >&2; exit 1; }
done <<'END'
include/isthmus/graph.hpp isthmus/plan/plan.hpp
include/isthmus/graph.hpp boost/hana/tuple.hpp
include/isthmus/declare/layers.hpp isthmus/plan/plan.hpp
include/isthmus/plan/fuse.hpp boost/hana/tuple.hpp
include/isthmus/plan/fuse.hpp hwy/highway.h
include/isthmus/plan/fuse.hpp isthmus/schedule/rank.hpp
include/isthmus/schedule/rank.hpp boost/graph/adjacency_list.hpp
include/isthmus/lower/program.hpp hwy/highway.h
include/isthmus/lower/fused-inl.h oneapi/tbb/parallel_for.h
src/lower/kernels.cpp mutex
include/isthmus/run/executor.hpp oneapi/tbb/task_arena.h
src/run/session.cpp boost/hana/tuple.hpp
include/isthmus/report/picture.hpp isthmus/run/trainer.hpp
src/data/idx.cpp isthmus/plan/plan.hpp
include/isthmus/data/npy.hpp fmt/format.h
include/isthmus/report/projection.hpp Eigen/Eigenvalues
src/run/session.cpp Eigen/Core
src/interchange/c_header.cpp onnx/onnx_pb.h
src/interchange/safetensors.cpp hdf5.h
include/isthmus/run/communicator.hpp mpi.h
src/run/executor.cpp isthmus/mpi/communicator.hpp
include/isthmus/mpi/trainer.hpp isthmus/plan/plan.hpp
src/interchange/safetensors.cpp zstd.h
include/isthmus/data/bounded.hpp zstd.h
END

# Operations and anchors are named by those who write and rewrite graphs alone.
while read -r file words; do
  rm -rf "${folder:?}"/*
  mkdir -p "$folder/include/isthmus" "$folder/$(dirname "$file")"
  echo "return $words;" >"$folder/$file"
  if messages=$("$here/check.sh" "$folder" 2>&1); then
    echo "passed: $words in $file" >&2
    exit 1
  fi
  grep -qF "$file:1:return $words;" <<<"$messages" || { echo "not named: $words: $messages" >&2; exit 1; }
done <<'END'
src/run/session.cpp Op::assign
src/run/session.cpp plan::Anchor::matmul
src/schedule/task_graph.cpp shape.is_flat()
src/interchange/c_header.cpp Op::input
src/onnx/exporter.cpp &ops::add
include/isthmus/schedule/rank.hpp plan::Anchor::none
src/tool/models.cpp Op::by_mode
src/dump/names.cpp Op::input
END

# And a clean tree passes.
rm -rf "${folder:?}"/*
mkdir -p "$folder/include/isthmus/plan" "$folder/src"
echo '#include <isthmus/graph.hpp>' >"$folder/include/isthmus/plan/plan.hpp"
"$here/check.sh" "$folder"
