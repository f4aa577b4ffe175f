#!/usr/bin/env bash
# The check of links finds what it is there to find.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir -p "$folder/src"
touch "$folder/src/here.cpp"
cat >"$folder/src/README.md" <<'END'
# A page

## Of two: `words`, and (more)

Back to [the top](../README.md).
END
cat >"$folder/README.md" <<'END'
[page](src/README.md), [heading](src/README.md#of-two-words-and-more), [elsewhere](https://example.org),
`src/here.cpp`, `build/any`
END
"$here/links.sh" "$folder" || { echo "complains of what is right"; exit 1; }

# Takes a line that is wrong, and the message that the check must give for it.
finds() {
  cp "$folder/README.md" "$folder/right"
  printf '%s\n' "$1" >>"$folder/README.md"
  if messages=$("$here/links.sh" "$folder"); then echo "passed: $1"; exit 1; fi
  grep -qxF "$2" <<<"$messages" || { echo "not said: $2, but: $messages"; exit 1; }
  mv "$folder/right" "$folder/README.md"
}
finds '[gone](src/gone.md)' 'README.md: links to src/gone.md, which is not there'
finds '[gone](src/README.md#gone)' 'README.md: links to src/README.md#gone, a heading that is not there'
finds 'see `src/gone.cpp`' 'README.md: names src/gone.cpp, which is not there'
finds $'```sh\nsrc/gone.sh --all\n```' 'README.md: names src/gone.sh, which is not there'
touch "$folder/src/lonely.md"
finds '' 'src/lonely.md: no link leads here from README.md'
