# For the checks of pages, which source this: which pages there are, and what lies between their backticks.

# Every page below the current folder, but for what is built.
pages() {
  find . -name '*.md' -not -path './build/*' -not -path './out/*' -not -path './.git/*' | sed 's|^\./||' | sort
}

# A page's lines outside of its fences.
prose() { awk '/^ *```/ { fence = !fence; next } !fence' "$1"; }

# The texts between backticks, one per line; also those that continue in the next line.
spans() { prose "$1" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`' | tr -s ' '; }

# The lines of its fences that are for a shell, without comments.
shell_lines() { awk '/^ *```/ { fence = !fence; shell = fence && /```sh$/; next } shell' "$1" | sed 's/ *#.*//'; }
