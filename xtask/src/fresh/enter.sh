# Runs a command in a root, with nothing of this machine but its devices and a toolchain.
# Arguments: the root, the toolchain's folder, and words for `env -i`.
set -e
root=$1 toolchain=$2
shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root$toolchain"
mount --bind "$toolchain" "$root$toolchain"
mount -o remount,bind,ro "$root$toolchain"
exec chroot "$root" /usr/bin/env -i "$@"
