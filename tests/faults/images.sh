# To be sourced. write_images SHADES: `images` in this folder, 4 × SHADES images of 28 × 28: one bright quarter each, more
# or less bright. IDX: a magic number, the dimensions, the bytes.
zeros() { head -c "$1" /dev/zero; }
half() { for ((y = 0; y < 14; ++y)); do zeros "$1"; printf '\1%.0s' {1..14}; zeros $((14 - $1)); done; }
write_images() {
  local column shade count=$((4 * $1))
  for column in 0 14; do
    half $column && zeros 392
    zeros 392 && half $column
  done >quarters
  {
    printf '\0\0\10\3\0\0'
    printf "\\$(printf %o $((count / 256)))\\$(printf %o $((count % 256)))"
    printf '\0\0\0\34\0\0\0\34'
    for ((shade = 128; shade < 128 + $1; ++shade)); do tr '\1' "\\$(printf %o $shade)" <quarters; done
  } >images
}
