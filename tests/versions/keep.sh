#!/usr/bin/env bash
# Writes files of this version, which later ones have to read: once for each version, before it is out.
#
# usage: tests/versions/keep.sh BUILD_FOLDER
#   The target versions_keep builds what writes them. They are in tests/versions/files/VERSION then.
set -euo pipefail

[ $# = 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
build=$(realpath "$1")/tests/versions
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
isthmus=$build/versions_isthmus
version=$("$isthmus" --version)
folder=$here/files/${version#isthmus }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$build/versions_keep" .
train() { "$isthmus" train kept --data samples.npy --batch 4 --seed 3 --out run "$@" >/dev/null; }
train --epochs 2
for name in autoencoder encoder decoder checkpoint; do cp run/$name.safetensors .; done
cp run/history.csv .
"$isthmus" encode encoder.safetensors samples.npy codes.npy
"$isthmus" decode decoder.safetensors codes.npy reconstructions.npy
train --epochs 4 --resume
cp run/autoencoder.safetensors continued.safetensors
rm -r run
mkdir -p "$(dirname "$folder")"
mv -T "$work" "$folder"
chmod 755 "$folder"
