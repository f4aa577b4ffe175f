#!/usr/bin/env bash
# The commands in the pages are there, with all of their options: of `isthmus` (those that show models are run), of the
# scripts, of CMake's presets and targets, and the variables ISTHMUS_….
#
# usage: tests/readme/commands.sh SOURCE_FOLDER ISTHMUS
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -eq 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
isthmus=$2
cd "$1"
source "$here/pages.sh"
status=0
bad() { echo "$*"; status=1; }

options() { grep -oE '(^| )--[a-z][a-z-]*' <<<"$1" | tr -d ' ' | sort -u || true; }

declare -A help
help[all]=$("$isthmus" --help)
# page, command from the word isthmus on
check_isthmus() {
  local page=$1 command=$2 sub option
  sub=$(cut -d ' ' -f 1 <<<"$command")
  case $sub in
    --*) grep -qE -- "(^|[ ,])$sub " <<<"${help[all]}" || bad "$page: isthmus has no option $sub"; return ;;
    *[!a-z]* | '') return ;;  # a figure of speech: `isthmus COMMAND`
  esac
  grep -qE "^  $sub " <<<"${help[all]}" || { bad "$page: there is no command isthmus $sub"; return; }
  [ -n "${help[$sub]:-}" ] || help[$sub]=$("$isthmus" "$sub" --help)
  for option in $(options "$command"); do
    grep -qE -- "(^|[ ,])$option([ =]|$)" <<<"${help[$sub]}" || bad "$page: isthmus $sub has no option $option"
  done
  case $command in
    *[A-Z\|…]*) ;;
    graphs | inspect\ [a-z]*) read -ra words <<<"$command"
      "$isthmus" "${words[@]}" >/dev/null || bad "$page: fails: isthmus $command" ;;
  esac
}

count=0
for page in $(pages); do
  while read -r line; do
    # Commands of one line, one by one.
    while read -r command; do
      case $command in
        'isthmus '* | */isthmus\ * | mpirun*' isthmus '*)
          check_isthmus "$page" "$(sed -E 's/^(.* |.*\/)?isthmus //' <<<"$command")"
          count=$((count + 1)) ;;
        tests/* | bench/* | graphs/demo* | .ci/run*)
          script=${command%% *}
          if [ -x "$script" ] && [ -f "$script" ]; then
            for option in $(options "${command%% -- *}"); do
              grep -qE -- "(^#|[[ ]).*$option" "$script" || bad "$page: $script has no option $option"
            done
          fi ;;
        cmake*)
          preset=$(grep -oE -- '--preset [a-z]+' <<<"$command" | cut -d ' ' -f 2 || true)
          [ -z "$preset" ] || grep -q "\"name\": \"$preset\"" CMakePresets.json || bad "$page: no preset $preset"
          for target in $(grep -oE -- '--target [a-z0-9_ ]+' <<<"$command" | cut -d ' ' -f 2- || true); do
            grep -rqE --include=CMakeLists.txt --include="*.cmake" "\(($target)[ )]" . || [ -e "graphs/lessons/$target.cpp" ] ||
              bad "$page: no target $target"
          done ;;
      esac
    done < <(sed -E 's/ && /\n/g' <<<"$line")
    for name in $(grep -oE 'ISTHMUS_[A-Z_0-9]+' <<<"$line" || true); do
      grep -rqw --include=CMakeLists.txt --include='*.h' --include='*.sh' --include=run -- "$name" \
        CMakeLists.txt .ci include src tests bench ||
        bad "$page: nothing knows $name"
    done
  done < <(spans "$page"; shell_lines "$page")
done
[ "$count" -ge 40 ] || bad "only $count commands were found"
exit "$status"
