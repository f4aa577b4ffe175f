#!/usr/bin/env bash
# Called by tests/elsewhere/run, in a mount namespace of its own: inside.sh ROOT SYSTEM KIND PART CPU JOBS
# [CTEST ARGUMENT...]. Goes into the root, installs what is missing there, builds and tests.
set -euo pipefail

root=$1
system=$2
shift

mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/tmp"
cp --remove-destination -L /etc/resolv.conf "$root/etc/resolv.conf"

# The tests start programs of AArch64 by themselves, so the kernel must know who runs these. It is told so for all of
# the machine: what was not there before is taken away again.
if [ "$system" = aarch64 ]; then
  cp "$(command -v qemu-aarch64-static)" "$root/usr/bin/"
  known=/proc/sys/fs/binfmt_misc
  if [ ! -e $known/status ]; then mount -t binfmt_misc binfmt_misc $known; fi
  if [ ! -e $known/qemu-aarch64 ]; then
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >$known/register
    trap 'echo -1 >$known/qemu-aarch64' EXIT
  fi
fi

environment=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CCACHE_DIR=/build/ccache
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 CTEST_OUTPUT_ON_FAILURE=1)
# Of a CPU without SVE, else of one with all that QEMU knows.
if [ "$4" = neon ]; then environment+=(QEMU_CPU=cortex-a72); fi
chroot "$root" env -i "${environment[@]}" bash /isthmus/tests/elsewhere/build.sh "$@"
