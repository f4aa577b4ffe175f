#!/usr/bin/env bash
# The pages' links lead somewhere, to the heading as well; the files and folders that they name are there, seen from
# the page, from the top, or from include/ or its rooms; and every page is reached from README.md.
#
# usage: tests/readme/links.sh SOURCE_FOLDER
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${1:?usage: tests/readme/links.sh SOURCE_FOLDER}"
source "$here/pages.sh"
status=0
bad() { echo "$*"; status=1; }

# The anchors that GitHub gives to a page's headings.
anchors() {
  prose "$1" | grep -E '^#+ ' | sed -E 's/^#+ //; s/`//g' | tr '[:upper:]' '[:lower:]' |
    sed -E 's/[][()!,.:;?"'"'"'&+*/]//g; s/ /-/g'
}

links() { prose "$1" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//' | grep -vE '^[a-z]+://' || true; }

reached=README.md
todo=README.md
while [ -n "$todo" ]; do
  next=
  for page in $todo; do
    for link in $(links "$page"); do
      target=${link%%#*}
      [[ $target == *.md ]] || continue
      target=$(realpath -m --relative-to=. "$(dirname "$page")/$target")
      if [ -e "$target" ] && ! grep -qxF "$target" <<<"$reached"; then reached+=$'\n'$target next+=" $target"; fi
    done
  done
  todo=$next
done

for page in $(pages); do
  folder=$(dirname "$page")
  grep -qxF "$page" <<<"$reached" || bad "$page: no link leads here from README.md"
  for link in $(links "$page"); do
    target=${link%%#*}
    file=$page
    if [ -n "$target" ]; then file=$folder/$target; fi
    if [ ! -e "$file" ]; then
      bad "$page: links to $link, which is not there"
    elif [[ $link == *#* ]]; then
      anchors "$file" | grep -xF "${link#*#}" >/dev/null || bad "$page: links to $link, a heading that is not there"
    fi
  done
  # Not what is built or installed, nor what stands for others in capitals.
  for path in $( (spans "$page"; shell_lines "$page") | tr ' ' '\n' | sed 's/[,:;]$//' |
    grep -E '^[A-Za-z_.][A-Za-z0-9_.-]*/[A-Za-z0-9_./-]*$' | grep -vE '^(build|out|isthmus_models|PREFIX)/' |
    grep -vE '[A-Z]{4,}/|/(NAME|HEADER)|/[A-Z]+_' | sort -u); do
    [ -e "$folder/$path" ] || [ -e "$path" ] || [ -e "include/$path" ] || [ -e "include/isthmus/$path" ] ||
      bad "$page: names $path, which is not there"
  done
done
exit "$status"
