#!/usr/bin/env bash
# A small training and what is done with its models, under valgrind's memcheck, which knows what is not initialized and,
# since it has no AVX-512, takes the AVX2 kernels. A minute, on two cores.
#
# usage: tests/faults/memcheck.sh ISTHMUS
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/images.sh"
isthmus=$(realpath "${1:?usage: tests/faults/memcheck.sh ISTHMUS}")
command -v valgrind >/dev/null || { echo "memcheck.sh: no valgrind here; tests/setup --valgrind installs it" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
write_images 6

check() {
  valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite "$isthmus" "$@" >out.txt 2>&1 ||
    { echo "memcheck.sh: isthmus $*"; cat out.txt; exit 1; } >&2
  echo "isthmus $*"
}
check train dense --data images --batch 16 --epochs 1 --threads 2 --out dense
check train denoising --data images --batch 8 --epochs 1 --threads 2 --out denoising
check encode dense/encoder.safetensors images codes.npy
check decode dense/decoder.safetensors codes.npy whole.npy
check evaluate denoising/autoencoder.safetensors --data images
check export dense/encoder.safetensors encoder.h --c-header
