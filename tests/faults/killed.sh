#!/usr/bin/env bash
# Trainings that are killed (SIGKILL) or asked to stop (SIGTERM) at any moment: every file that is there afterwards is
# whole, of the state before or of the new one; --resume goes on, also within an epoch, and ends with the bits of a run
# that nobody disturbed, and with its losses in history.csv.
#
# usage: tests/faults/killed.sh ISTHMUS [--runs N] [--seed N]
#   --runs N  how many are ended (default: 6); every other one begins in an empty folder, the rest go on from an
#             earlier run's; of three one is killed, one is killed while it saves checkpoints all the time, and one is
#             asked to stop
#   --seed N  of the moments (default: the time)
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/images.sh"
isthmus=$(realpath "${1:?usage: tests/faults/killed.sh ISTHMUS [--runs N] [--seed N]}")
shift
runs=6
seed=$EPOCHSECONDS
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=${2:?--runs takes a number}; shift 2 ;;
    --seed) seed=${2:?--seed takes a number}; shift 2 ;;
    *) echo "killed.sh: unknown option $1" >&2; exit 2 ;;
  esac
done
echo "killed.sh: --runs $runs --seed $seed"
RANDOM=$((seed % 32768))

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
shopt -s nullglob
mkdir temporary
# A killed run leaves gnuplot's folder behind.
export TMPDIR=$work/temporary

fail() {
  echo "killed.sh: $*" >&2
  exit 1
}

write_images 100
command=("$isthmus" train dense --data images --batch 32 --threads 1 --json)
train() { "${command[@]}" "$@"; }
sum_of() { grep -oE '"weights_sha256": *"[0-9a-f]{64}"' "$1" | grep -oE '[0-9a-f]{64}'; }

epochs=6
train --epochs 2 --out old >old.json 2>error || fail "$(cat error)"
begin=$EPOCHREALTIME
train --epochs $epochs --out new >new.json 2>error || fail "$(cat error)"
end=$EPOCHREALTIME
whole=$(sum_of new.json)
# Microseconds that a run takes, and some more: the last files are written at its end.
span=$((${end/[.,]/} - ${begin/[.,]/} + 20000))

# Files that are the same in all runs with the same results must equal the old or the new file, byte for byte.
is_old_or_new() {
  cmp -s "run/$1" "new/$1" || { [ -e "old/$1" ] && cmp -s "run/$1" "old/$1"; }
}

check_files() {
  local path name
  for path in run/*; do
    name=${path#run/}
    case $name in
      autoencoder.safetensors | encoder.safetensors | decoder.safetensors | *.png)
        is_old_or_new "$name" || fail "$name is neither the old one nor the new one" ;;
      checkpoint.safetensors)  # Has the epochs' times in it.
        "$isthmus" reconstruct "$path" images out.npy >/dev/null 2>error || fail "$name: $(cat error)" ;;
      history.csv)
        awk -F, 'NR == 1 { fields = NF } NF != fields { bad = 1 } END { exit bad || NR < 2 }' "$path" &&
          [ "$(tail -c 1 "$path" | od -An -tx1)" = " 0a" ] || fail "$name is not whole" ;;
      report.html)
        [ "$(tail -c 8 "$path")" = "</html>" ] || fail "$name is not whole" ;;
      *) left=$((left + 1)) ;;  # A temporary, which nobody reads.
    esac
  done
}

# Of a run's history all but the seconds.
losses_of() { cut -d , -f 1,3- "$1/history.csv"; }

left=0
survived=0
stopped=0
for ((i = 1; i <= runs; ++i)); do
  rm -rf run
  if ((i % 2)); then mkdir run; else cp -r old run; fi
  moment=$(((RANDOM * 32768 + RANDOM) % span))
  signal=KILL every=60s
  case $((i % 3)) in
    0) every=5ms ;;
    1) signal=TERM ;;
  esac
  # Not through a function, which would be a process of its own: the kill has to meet the training itself.
  "${command[@]}" --epochs $epochs --out run --resume --checkpoint-every $every >/dev/null 2>said &
  child=$!
  sleep "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))"
  kill -$signal "$child" 2>/dev/null || true
  status=0
  wait "$child" 2>/dev/null || status=$?
  if [ "$status" = 0 ]; then survived=$((survived + 1)); fi
  case $signal$status in
    KILL0 | TERM0 | KILL137 | TERM143) ;;
    *) fail "run $i ended with $status before it was ended: $(cat said)" ;;
  esac
  if grep -q 'continue with --resume' said; then
    stopped=$((stopped + 1))
    [ -e run/checkpoint.safetensors ] || fail "run $i was stopped and left no checkpoint"
  fi
  check_files
  train --epochs $epochs --out run --resume >again.json 2>error || fail "run $i does not go on: $(cat error)"
  [ "$(sum_of again.json)" = "$whole" ] || fail "run $i, ended after $moment µs, ends with other weights"
  [ "$(losses_of run)" = "$(losses_of new)" ] || fail "run $i, ended after $moment µs, has another history"
  for name in autoencoder encoder decoder; do
    cmp -s "run/$name.safetensors" "new/$name.safetensors" || fail "run $i: another $name.safetensors in the end"
  done
done
[ "$survived" -lt "$runs" ] || fail "all $runs runs ended before they were killed"
echo "killed.sh: $((runs - survived)) ended, $stopped of them with a checkpoint of their last step, $survived had" \
  "ended before; $left temporary files were left by them"
